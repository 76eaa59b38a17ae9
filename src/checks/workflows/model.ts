import { Document, parseDocument, YAMLParseError, type YAMLError } from "yaml";
import { expandsTooFar } from "../data/yaml-aliases.ts";
import { repeatedKeys } from "../data/yaml-keys.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { Part } from "./part.ts";

const WORKFLOW = /^\.github\/workflows\/[^/]+\.ya?ml$/;
const ACTION = /(?:^|\/)action\.ya?ml$/;
/** What lies there is an example or somebody else's. */
const FOREIGN = /(?:^|\/)(?:test_?data|fixtures?|__fixtures__|examples?|vendor|third_party|node_modules)\//;

export interface Step {
	job: Job;
	part: Part;
	/** From 0. */
	index: number;
	id: string | undefined;
	/** What a person calls it. */
	title: string;
	uses: Part | undefined;
	run: Part | undefined;
	with: ReadonlyMap<string, Part>;
}

export interface Job {
	workflow: Workflow;
	/** Empty in a composite action. */
	id: string;
	part: Part;
	needs: readonly Part[];
	steps: readonly Step[];
	/** A workflow that it calls. */
	uses: Part | undefined;
}

/** A workflow of GitHub Actions, or a composite action with its steps as one job. */
export interface Workflow {
	kind: "workflow" | "action";
	file: SourceFile;
	root: Part;
	/** Event → its settings. */
	on: ReadonlyMap<string, Part>;
	jobs: readonly Job[];
}

/** A file of CI as YAML. */
export interface Parsed {
	file: SourceFile;
	kind: "workflow" | "action" | "gitlab";
	errors: readonly YAMLError[];
	root: Part;
}

const ofTree = new WeakMap<Tree, { parsed: Parsed[]; workflows: Workflow[] }>();

function read(tree: Tree): { parsed: Parsed[]; workflows: Workflow[] } {
	const known = ofTree.get(tree);
	if (known !== undefined) return known;
	const parsed = tree.in("yaml").flatMap((file) => parse(file) ?? []);
	const workflows = parsed.flatMap((one) => (one.kind === "gitlab" || one.errors.length > 0 ? [] : [workflowOf(one)]));
	const both = { parsed, workflows };
	ofTree.set(tree, both);
	return both;
}

/** Jobs of a workflow, and steps of a job, that are looked at; GitHub itself runs no more than 256 of a matrix. */
export const MOST = 500;

/** The files of CI: workflows of GitHub, composite actions, pipelines of GitLab. */
export const ciFiles = (tree: Tree): readonly Parsed[] => read(tree).parsed;

/** The workflows and composite actions that can be parsed. */
export const workflowsOf = (tree: Tree): readonly Workflow[] => read(tree).workflows;

export const stepsOf = (tree: Tree): Step[] =>
	workflowsOf(tree).flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps));

/** How many there are, for `looked`. */
export const counted = (tree: Tree): string => `${workflowsOf(tree).length} GitHub workflows`;

function kindOf({ path, text }: SourceFile): Parsed["kind"] | undefined {
	if (WORKFLOW.test(path)) return "workflow";
	if (/(?:^|\/)\.gitlab-ci\.ya?ml$/.test(path) && !FOREIGN.test(path)) return "gitlab";
	return ACTION.test(path) && !FOREIGN.test(path) && /^runs:/m.test(text) ? "action" : undefined;
}

function parse(file: SourceFile): Parsed | undefined {
	const kind = kindOf(file);
	if (kind === undefined) return undefined;
	try {
		// Tags such as !reference are GitLab's own.
		const document = parseDocument(file.text, { uniqueKeys: false, logLevel: "silent", stringKeys: false });
		if (expandsTooFar(document)) return unread(file, kind, "its aliases stand for too many values");
		const errors = [...document.errors, ...repeatedKeys(document)];
		return { file, kind, errors, root: new Part(file, document, document.contents) };
	} catch (error) {
		if (!(error instanceof RangeError)) throw error; // the stack ended, or a key is too long for a string
		return unread(file, kind, "it is nested too deeply to be read");
	}
}

const unread = (file: SourceFile, kind: Parsed["kind"], why: string): Parsed => ({
	...{ file, kind, root: new Part(file, new Document(), undefined) },
	errors: [new YAMLParseError([0, 0], "IMPOSSIBLE", why)],
});

function workflowOf({ file, kind, root }: Parsed): Workflow {
	const on = root.get("on") ?? root.get("true");
	const events =
		on === undefined ? [] : on.kind === "map" ? on.map : on.texts.map((part) => [part.text!, part] as const);
	const jobs: Job[] = [];
	const workflow: Workflow = { kind: kind as Workflow["kind"], file, root, on: new Map(events), jobs };
	if (kind === "action") jobs.push(jobOf(workflow, "", root.get("runs") ?? root));
	else for (const [id, part] of [...(root.get("jobs")?.map ?? [])].slice(0, MOST)) jobs.push(jobOf(workflow, id, part));
	return workflow;
}

function jobOf(workflow: Workflow, id: string, part: Part): Job {
	const steps: Step[] = [];
	const job: Job = { workflow, id, part, needs: part.get("needs")?.texts ?? [], steps, uses: part.get("uses") };
	for (const [index, step] of (part.get("steps")?.list ?? []).slice(0, MOST).entries())
		steps.push(stepOf(job, step, index));
	return job;
}

function stepOf(job: Job, part: Part, index: number): Step {
	const [run, uses, name] = ["run", "uses", "name"].map((key) => part.get(key));
	const title = name?.text ?? uses?.text ?? run?.text?.trim().split("\n")[0] ?? `step ${index + 1}`;
	return {
		job,
		part,
		index,
		id: part.get("id")?.text,
		title: title.slice(0, 80),
		uses: uses?.text === undefined ? undefined : uses,
		run: run?.text === undefined ? undefined : run,
		with: part.get("with")?.map ?? new Map<string, Part>(),
	};
}
