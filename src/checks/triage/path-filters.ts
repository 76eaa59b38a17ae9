import { parse } from "yaml";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import type { Build } from "../workflows/builds.ts";
import { allBuildsOf } from "../workflows/called.ts";
import { copiedBy, filesBelow } from "../workflows/copied.ts";
import { letsThrough } from "../workflows/globs.ts";
import { counted, workflowsOf, type Job, type Workflow } from "../workflows/model.ts";

/** What decides whether a build runs. */
interface Filter {
	patterns: readonly string[];
	/** `paths-ignore` lets all others through. */
	ignores: boolean;
	name: string;
	place: FilePlace;
}

export default {
	code: "TS214",
	scope: "static",
	severity: "warning",
	question: "Does every path filter let through what the image is made from?",
	why: "A change of a file that the filter omits builds nothing: the commit has the new file, the image the old one.",
	example:
		"`paths: [src/**]` for a Dockerfile with `COPY requirements.txt .`. Add requirements.txt and the Dockerfile.",
	run(tree) {
		return { looked: counted(tree), findings: workflowsOf(tree).flatMap((workflow) => omitted(workflow, tree)) };
	},
} satisfies StaticCheck;

/** Below a copied folder, what an image does not run. */
const BESIDE =
	/\.(?:md|rst|txt~|log)$|(?:^|\/)(?:tests?|docs?|__tests__)\/|(?:^|\/)\.(?:gitkeep|gitignore|dockerignore)$/;

function omitted(workflow: Workflow, tree: Tree): Found[] {
	const found = new Map<string, Found>();
	for (const job of workflow.jobs)
		for (const build of allBuildsOf(tree, job)) {
			const file = build.file === undefined ? undefined : tree.file(build.file);
			if (file === undefined || build.context === undefined) continue;
			const inputs = [...copiedBy(file, build.context, tree), { path: file.path, place: file.place(1) }];
			for (const filter of filtersOf(workflow, job, build))
				for (const input of inputs) {
					const files = filesBelow(tree, input.path).filter((path) => path === input.path || !BESIDE.test(path));
					const omits = files.filter((path) => letsThrough(filter.patterns, path) === filter.ignores);
					if (omits.length > 0)
						found.set(`${filter.name} ${input.path}`, foundFor(filter, input, omits, files.length, workflow));
				}
		}
	// A folder tells what lies in it.
	return [...found].flatMap(([key, one]) =>
		[...found.keys()].some((other) => key.startsWith(`${other}/`)) ? [] : [one],
	);
}

function foundFor(
	{ name, place, ignores }: Filter,
	input: { path: string; place: FilePlace },
	omits: readonly string[],
	all: number,
	{ file }: Workflow,
): Found {
	const what = omits[0] === input.path ? input.path : `${input.path}/**`;
	const part =
		omits.length < all
			? `${omits[0]}${omits.length > 1 ? ` and ${omits.length - 1} more files of ${input.path}` : ""}`
			: input.path;
	return {
		message: `${name} of ${file.path} ${ignores ? "ignores" : "omits"} ${part}, which the image is built from`,
		evidence: [place, input.place],
		fix: { say: ignores ? `take the pattern that matches ${input.path} out` : `add ${what} to the filter` },
	};
}

/** Of the events that start a workflow: a push, or a pull request. */
const eventFilters = (workflow: Workflow): Filter[] =>
	["push", "pull_request", "pull_request_target"].flatMap((event) =>
		["paths", "paths-ignore"].flatMap((key): Filter[] => {
			const part = workflow.on.get(event)?.get(key);
			return part === undefined || part.texts.length === 0
				? []
				: [
						{
							patterns: part.texts.map(({ text }) => text!),
							ignores: key === "paths-ignore",
							name: `on.${event}.${key}`,
							place: part.place,
						},
					];
		}),
	);

function filtersOf(workflow: Workflow, job: Job, build: Build): Filter[] {
	const pushes = workflow.on.get("push") !== undefined;
	const conditions = [build.step.part.get("if")?.text ?? "", job.part.get("if")?.text ?? ""].join(" ");
	return [
		// Where a push builds as well, pull requests may look at less.
		...eventFilters(workflow).filter(({ name }) => name.startsWith("on.push.") || !pushes),
		...changeFilters(workflow).filter(({ name }) =>
			new RegExp(`outputs\\.${RegExp.escape(name.replace(/^filter /, ""))}\\b`).test(conditions),
		),
	];
}

/** The filters of dorny/paths-filter by name. */
function changeFilters({ jobs }: Workflow): Filter[] {
	const steps = jobs
		.flatMap((job) => job.steps)
		.filter(({ uses }) => uses?.text?.startsWith("dorny/paths-filter") ?? false);
	return steps.flatMap((step) => {
		const part = step.with.get("filters");
		if (part?.text === undefined || !part.text.includes(":")) return [];
		const filters = asRecord(part.text);
		return Object.entries(filters).map(([name, patterns]): Filter => {
			const at = part.text!.search(new RegExp(`^\\s*["']?${RegExp.escape(name)}["']?:`, "m"));
			return {
				name: `filter ${name}`,
				patterns: listed(patterns),
				ignores: false,
				place: part.placeIn(Math.max(at, 0)),
			};
		});
	});
}

function asRecord(text: string): Record<string, unknown> {
	try {
		return (parse(text) ?? {}) as Record<string, unknown>;
	} catch {
		return {};
	}
}

const listed = (value: unknown): string[] => {
	if (typeof value === "string") return [value];
	if (Array.isArray(value)) return value.flatMap(listed);
	return value !== null && typeof value === "object" ? Object.values(value).flatMap(listed) : [];
};
