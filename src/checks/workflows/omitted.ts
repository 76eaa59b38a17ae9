import { parse } from "yaml";
import { once } from "../tree/once.ts";
import type { FilePlace } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import type { Build } from "./builds.ts";
import { allBuildsOf, calledBy } from "./called.ts";
import { scriptedBuilds } from "./scripted-builds.ts";
import { copiedBy, filesBelow } from "./copied.ts";
import { filterOf, letsThrough } from "./globs.ts";
import { workflowsOf, type Job, type Workflow } from "./model.ts";

/** What decides whether a build runs. */
interface Filter {
	patterns: readonly string[];
	/** Each pattern with its line, where each has one. */
	told: readonly { text: string; place: FilePlace }[];
	/** `paths-ignore` lets all others through. */
	ignores: boolean;
	name: string;
	place: FilePlace;
}

/** What an image is built from and a path filter omits. */
export interface Omitted {
	filter: Filter;
	input: { path: string; place: FilePlace };
	/** The omitted files of the input, and how many it has. */
	omits: readonly string[];
	all: number;
	/** A pattern of the filter that matches no file and names a folder of the input: its former path. */
	stale: { text: string; place: FilePlace } | undefined;
}

/** Below a copied folder, what an image does not run. */
const BESIDE =
	/\.(?:md|rst|txt~|log)$|(?:^|\/)(?:tests?|docs?|__tests__)\/|(?:^|\/)\.(?:gitkeep|gitignore|dockerignore)$/;

/** `requirements/**` matches nothing, and the image copies docker/requirements/base.txt, or `requirements-base.txt` does. */
function isFormer(tree: Tree, pattern: string, path: string): boolean {
	if (isRewritten(pattern, path)) return !tree.paths.includes(pattern);
	const folder = /^!?((?:[\w.-]+\/)*[\w.-]+)(?:\/\*\*?)?$/.exec(pattern)?.[1];
	if (folder === undefined || pattern.startsWith("!") || !/[a-z]/i.test(folder)) return false;
	const matcher = filterOf(pattern);
	return `/${path}/`.includes(`/${folder}/`) && !tree.paths.some((one) => matcher.test(one));
}

/** The same letters with other signs between: `requirements-cpu.txt` of `requirements/cpu.txt`. */
export const isRewritten = (pattern: string, path: string): boolean =>
	pattern !== path && lettersOf(pattern).length > 5 && lettersOf(pattern) === lettersOf(path);

const lettersOf = (path: string): string => path.replaceAll(/[-_./]/g, "").toLowerCase();

/** What the path filters of a workflow omit, looked for once. */
export const omittedInputs = (tree: Tree, workflow: Workflow): readonly Omitted[] =>
	omittedOf(tree).get(workflow) ?? [];

const omittedOf = once(
	(tree: Tree): ReadonlyMap<Workflow, readonly Omitted[]> =>
		new Map(workflowsOf(tree).map((workflow) => [workflow, omitted(workflow, tree)])),
);

function omitted(workflow: Workflow, tree: Tree): Omitted[] {
	const found = new Map<string, Omitted>();
	for (const job of workflow.jobs) {
		if (calledBy(tree, job)?.on.has("push")) continue; // a change of what it builds starts the called workflow itself
		for (const build of [...allBuildsOf(tree, job), ...scriptedBuilds(tree, job)]) {
			const file = build.file === undefined ? undefined : tree.file(build.file);
			if (file === undefined || build.context === undefined) continue;
			const inputs = [...copiedBy(file, build.context, tree), { path: file.path, place: file.place(1) }];
			for (const filter of filtersOf(workflow, job, build))
				for (const input of inputs) {
					const files = filesBelow(tree, input.path).filter((path) => path === input.path || !BESIDE.test(path));
					const omits = files.filter((path) => letsThrough(filter.patterns, path) === filter.ignores);
					if (omits.length > 0)
						found.set(`${filter.name} ${input.path}`, {
							...{ filter, input, omits, all: files.length },
							stale: filter.told.find(({ text }) => isFormer(tree, text, input.path)),
						});
				}
		}
	}
	// A folder tells what lies in it.
	return [...found].flatMap(([key, one]) =>
		[...found.keys()].some((other) => key.startsWith(`${other}/`)) ? [] : [one],
	);
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
							told: part.texts.map(({ text, place }) => ({ text: text!, place })),
							ignores: key === "paths-ignore",
							name: `on.${event}.${key}`,
							place: part.place,
						},
					];
		}),
	);

function filtersOf(workflow: Workflow, job: Job, build: Pick<Build, "step">): Filter[] {
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
				told: [],
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
