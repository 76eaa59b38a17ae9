import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { commandFileValues } from "./command-files.ts";
import { holds, text, texts, type Scope } from "./expressions.ts";
import type { LocalAction } from "./local-actions.ts";
import { runScript } from "./script.ts";
import { sectionOf, type Section, type Step } from "./workflow.ts";

export type Result = "success" | "failure" | "cancelled" | "skipped";

export interface StepReport {
	job: string;
	id: string | undefined;
	/** Its name, else what it runs or uses. */
	title: string;
	/** Before and after continue-on-error. */
	outcome: Result;
	conclusion: Result;
	outputs: Record<string, string>;
	/** What it printed, secrets too if it prints them. */
	output: string;
	ms: number;
}

/** What the steps of one job share and change. */
export interface JobState {
	id: string;
	workspace: string;
	/** A folder for its files. */
	temporary: string;
	sha: string;
	/** Of the process: PATH, HOME and what GitHub sets. */
	environment: Readonly<Record<string, string>>;
	/** Of workflow, job, and what steps wrote to $GITHUB_ENV. */
	env: Record<string, string>;
	path: string[];
	status: Scope["status"];
	reports: StepReport[];
	contexts: Readonly<Record<string, unknown>>;
	defaults: Section;
	actions: Readonly<Record<string, LocalAction>>;
	signal: AbortSignal;
}

type Done = Pick<StepReport, "outcome" | "outputs" | "output">;

/** Runs one step, if its condition holds, and records it in the state of its job. */
export async function runStep(step: Step, state: JobState): Promise<void> {
	const started = performance.now();
	const scope = scopeOf(state);
	const { tree, id } = step;
	const title = [tree["name"], tree["run"], tree["uses"]].find((one) => typeof one === "string") ?? "";
	const done = holds(step.if, scope) ? await attempt(step, state, scope) : NOT_RUN;
	const forgiven = done.outcome === "failure" && text(tree["continue-on-error"], scope) === "true";
	const conclusion = forgiven ? "success" : done.outcome;
	state.reports.push({ ...done, job: state.id, id, title, conclusion, ms: performance.now() - started });
	if (conclusion === "failure" && state.status === "success") state.status = "failure";
}

const NOT_RUN: Done = { outcome: "skipped", outputs: {}, output: "" };

export function scopeOf({ contexts, env, reports, status }: JobState): Scope {
	const known = reports.filter(({ id }) => id !== undefined);
	const steps = Object.fromEntries(
		known.map(({ id, outcome, conclusion, outputs }) => [id, { outcome, conclusion, outputs }]),
	);
	return { contexts: { ...contexts, env, steps, job: { status } }, status };
}

async function attempt(step: Step, state: JobState, scope: Scope): Promise<Done> {
	const env = { ...state.env, ...texts(step.tree["env"], scope) };
	const inner = { ...scope, contexts: { ...scope.contexts, env } };
	const minutes = Number(text(step.tree["timeout-minutes"], inner) || 360);
	const signal = AbortSignal.any([state.signal, AbortSignal.timeout(Math.min(minutes * 60_000, 2 ** 31 - 1))]);
	try {
		return await ("uses" in step.tree ? use(step.tree, state, inner) : run(step.tree, state, env, inner, signal));
	} catch (error) {
		return { outcome: "failure", outputs: {}, output: String(error) };
	}
}

async function use(tree: Section, state: JobState, scope: Scope): Promise<Done> {
	const name = text(tree["uses"], scope).split("@")[0]!;
	const action = state.actions[name];
	if (!action) throw new Error(`nothing here stands for the action ${name}`);
	const { path = [], outputs = {} } = await action(texts(tree["with"], scope), state);
	state.path.unshift(...path);
	return { outcome: "success", outputs, output: "" };
}

async function run(
	tree: Section,
	state: JobState,
	env: Record<string, string>,
	scope: Scope,
	signal: AbortSignal,
): Promise<Done> {
	const directory = join(state.temporary, String(state.reports.length));
	await mkdir(directory, { recursive: true });
	const file = (name: string) => join(directory, name.toLowerCase());
	const files = Object.fromEntries(FILES.map((name) => [name, file(name)]));
	await Promise.all(Object.values(files).map((path) => writeFile(path, "")));
	const setting = (name: string) => text(tree[name] ?? sectionOf(state.defaults["run"])[name], scope);
	const ended = await runScript({
		text: text(tree["run"], scope),
		shell: setting("shell"),
		cwd: resolve(state.workspace, setting("working-directory")),
		env: { ...state.environment, ...env, ...files, PATH: [...state.path, state.environment["PATH"]].join(":") },
		file: file("script"),
		signal,
	});
	const written = async (name: string) => readFile(files[name]!, "utf8");
	Object.assign(state.env, commandFileValues(await written("GITHUB_ENV")));
	state.path.unshift(...(await written("GITHUB_PATH")).split("\n").filter(Boolean).toReversed());
	const outputs = commandFileValues(await written("GITHUB_OUTPUT"));
	return { outcome: ended.exitCode === 0 ? "success" : "failure", outputs, output: ended.output };
}

const FILES = ["GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY", "GITHUB_STATE"] as const;
