import { posix } from "node:path";
import { isRequirementFile, requirementsOf, type Requirements } from "../python/requirements.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace } from "../triage-check.ts";
import { chainOf, copiesOf } from "./image-files.ts";
import { installOf } from "./install.ts";
import { scriptOf, type DockerModel, type Stage } from "./model.ts";

/** One call of pip in an image. */
export interface PipInstall {
	stage: Stage;
	place: FilePlace;
	/** What follows `install`. */
	rest: readonly string[];
	/** The requirement files that it reads, those that they include too. */
	files: readonly Requirements[];
}

/** The stages whose files a stage holds: its own chain, and those that it copies from. */
export function stagesIn(model: DockerModel, stage: Stage): Stage[] {
	const found = new Set<Stage>();
	const waiting = [stage];
	for (let one = waiting.pop(); one !== undefined; one = waiting.pop())
		for (const part of chainOf(one)) {
			if (found.has(part)) continue;
			found.add(part);
			for (const { flags } of part.steps) {
				const from = flags.get("from")?.toLowerCase();
				waiting.push(
					...model.stages.filter(({ name, index }) => from !== undefined && (name === from || String(index) === from)),
				);
			}
		}
	return [...found];
}

export const pipInstalls = (tree: Tree, model: DockerModel, stage: Stage): PipInstall[] =>
	stagesIn(model, stage).flatMap((one) =>
		one.steps
			.filter(({ keyword }) => keyword === "RUN")
			.flatMap((step) =>
				scriptOf(step).commands.flatMap((command): PipInstall[] => {
					const install = installOf(command);
					if (install?.tool !== "pip") return [];
					return [
						{
							...{ stage: one, rest: install.rest },
							place: model.file.placeAt(step.restAt + command.words[0]!.start),
							files: namedBy(install.rest).flatMap((name) => filesFor(tree, one, name)),
						},
					];
				}),
			),
	);

const namedBy = (rest: readonly string[]): string[] =>
	rest.flatMap((word, at) =>
		/^(?:-r|--requirement)$/.test(rest[at - 1] ?? "")
			? [word]
			: (/^(?:-r|--requirement=)(.+)$/.exec(word)?.slice(1) ?? []),
	);

/** The file of the tree that is copied under that name; with what it includes. */
function filesFor(tree: Tree, stage: Stage, name: string): Requirements[] {
	const base = posix.basename(name);
	const sources = copiesOf(stage)
		.filter(({ from }) => from === undefined)
		.flatMap((copied) => copied.sources);
	const own = tree.files.filter((file) => isRequirementFile(file) && posix.basename(file.path) === base);
	const copied = own.filter(({ path }) =>
		sources.some(
			(source) =>
				source === "." ||
				path.endsWith(source) ||
				path.startsWith(`${source.replace(/\/$/, "")}/`) ||
				source.includes("*"),
		),
	);
	const [file] = copied.length === 1 ? copied : own.length === 1 ? own : [];
	if (file === undefined) return [];
	const all = [requirementsOf(file)];
	for (const one of all)
		for (const { path } of one.includes) {
			const included = tree.file(path);
			if (included !== undefined && all.length < MOST && !all.some((other) => other.file === included))
				all.push(requirementsOf(included));
		}
	return all;
}

const MOST = 20;
