import { Document, parseDocument, YAMLParseError, type YAMLError } from "yaml";
import { expandsTooFar } from "../data/yaml-aliases.ts";
import { repeatedKeys } from "../data/yaml-keys.ts";
import { once } from "../tree/once.ts";
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

interface Read {
	parsed: readonly Parsed[];
	workflows: readonly Workflow[];
	/** Of files that do not parse: the jobs without a fault. */
	rests: readonly Workflow[];
}

const read = once((tree: Tree): Read => {
	const parsed = tree.in("yaml").flatMap((file) => parse(file) ?? []);
	const github = parsed.filter(({ kind }) => kind !== "gitlab");
	const [whole, broken] = [true, false].map((is) => github.filter(({ errors }) => errors.every(isTwice) === is));
	const rests = broken!.flatMap((one) => withoutFaults(one) ?? []).map(workflowOf);
	return { parsed, workflows: whole!.map(workflowOf), rests };
});

/** Jobs of a workflow, and steps of a job, that are looked at; GitHub itself runs no more than 256 of a matrix. */
export const MOST = 500;

/** The files of CI: workflows of GitHub, composite actions, pipelines of GitLab. */
export const ciFiles = (tree: Tree): readonly Parsed[] => read(tree).parsed;

/** A key that is there twice leaves the rest of its file as it is. */
const isTwice = ({ code }: YAMLError): boolean => code === "DUPLICATE_KEY";

/** The workflows and composite actions that can be parsed, also with a key twice. */
export const workflowsOf = (tree: Tree): readonly Workflow[] => read(tree).workflows;

/** With the jobs that can be read of those that cannot: for what a step says by itself, not for what jobs say together. */
export const readableOf = (tree: Tree): readonly Workflow[] => [...read(tree).workflows, ...read(tree).rests];

/** Of {@link readableOf}. */
export const readableSteps = (tree: Tree): Step[] =>
	readableOf(tree).flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps));

/** The steps of all jobs of all workflows. */
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
	return parsedOf(file, kind, file.text);
}

function parsedOf(file: SourceFile, kind: Parsed["kind"], text: string): Parsed {
	try {
		// Tags such as !reference are GitLab's own.
		const document = parseDocument(text, { uniqueKeys: false, logLevel: "silent", stringKeys: false });
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

/** Jobs of one file that may be left out. */
const MOST_FAULTS = 3;

/** The file without the jobs that do not parse; undefined where that is not enough. */
function withoutFaults(parsed: Parsed): Parsed | undefined {
	const { file, kind } = parsed;
	let [text, one] = [file.text, parsed];
	for (let tries = 0; tries < MOST_FAULTS; tries += 1) {
		const line = file.lineAt(Math.min(...one.errors.map(({ pos }) => pos[0])));
		const job = blockAt(file, line);
		if (job === undefined) return undefined;
		const [from, to] = [file.startOf(job.from), file.startOf(job.to)];
		text = text.slice(0, from) + text.slice(from, to).replaceAll(/[^\r\n]/g, " ") + text.slice(to);
		one = parsedOf(file, kind, text);
		if (one.errors.every(isTwice)) return one;
	}
	return undefined;
}

/** The lines of the job around a line: from its own, up to the one after its last. */
function blockAt({ lines }: SourceFile, line: number): { from: number; to: number } | undefined {
	const top = lines.findIndex((text) => /^jobs:\s*(?:#.*)?$/.test(text));
	const indent = /^( +)[\w-]+:/.exec(lines.slice(top + 1).find((text) => /^ +[\w-]+:/.test(text)) ?? "")?.[1];
	if (top === -1 || indent === undefined || line <= top + 1) return undefined;
	const isHead = (text: string): boolean => text.startsWith(indent) && /^[\w-]+:/.test(text.slice(indent.length));
	const from = lines.slice(0, line).findLastIndex((text, at) => at > top && isHead(text));
	const next = lines.findIndex((text, at) => at > from && at >= line && (isHead(text) || /^\w/.test(text)));
	return from === -1 ? undefined : { from: from + 1, to: next === -1 ? lines.length + 1 : next + 1 };
}

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
