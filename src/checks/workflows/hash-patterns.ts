import { posix } from "node:path";
import type { Tree } from "../tree/tree.ts";
import type { Found } from "../triage-check.ts";
import { workspaceOf } from "./created.ts";
import { textsBelow } from "./expressions.ts";
import { filterOf } from "./globs.ts";
import type { Job } from "./model.ts";

/** Patterns of hashFiles that match nothing: the key of the cache never changes. */
export function unhashed(job: Job, tree: Tree): Found[] {
	const space = workspaceOf(job, job.steps.length);
	const checkouts = job.steps.filter(({ uses }) => uses?.text?.startsWith("actions/checkout") ?? false);
	if (!space.checkedOut || space.unknown || checkouts.length > 1) return [];
	return [...textsBelow(job.part)].flatMap(([, part]) =>
		[...part.text!.matchAll(/hashFiles\(([^()]*)\)/g)].flatMap(({ 1: list, index }): Found[] => {
			const patterns = [...list!.matchAll(/'([^']*)'/g)].map(([, pattern]) => pattern!);
			const isLiteral = list!.replaceAll(/'[^']*'|[\s,]/g, "") === "" && patterns.length > 0;
			const isMade = (pattern: string) =>
				job.steps.some(({ run }) => run?.text?.includes(posix.basename(pattern).replaceAll(/[*!]/g, "")));
			if (!isLiteral || patterns.some(isMade)) return [];
			const matchers = patterns.map((pattern) => filterOf(pattern.replace(/^\//, "")));
			if (tree.paths.some((path) => matchers.some((matcher) => matcher.test(path)))) return [];
			return [
				{
					message: `hashFiles(${list}) matches no file of the tree: the key is the same for ever`,
					evidence: [part.placeIn(index)],
					fix: { say: "name the lock file that the cache depends on" },
					severity: "warning",
				},
			];
		}),
	);
}
