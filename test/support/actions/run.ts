import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { holds, plain, text, texts, type Scope } from "./expressions.ts";
import type { LocalAction } from "./local-actions.ts";
import { runStep, scopeOf, type JobState, type Result, type StepReport } from "./step.ts";
import { sectionOf, type Job, type Workflow } from "./workflow.ts";

type Leg = Record<string, unknown>;

/** What GitHub would hand to a run. */
export interface RunOptions {
	/** Of the event: `ref`, `sha`, `repository`, `actor`, `event_name`, … */
	github: Readonly<Record<string, string>> & { sha: string };
	/** What the event tells besides, such as `repository.default_branch`. */
	event?: Readonly<Record<string, object>>;
	secrets?: Readonly<Record<string, string>>;
	vars?: Readonly<Record<string, string>>;
	/** Of workflow_dispatch. */
	inputs?: Readonly<Record<string, string | boolean>>;
	/** An empty directory: workspaces and files of the jobs. */
	directory: string;
	/** Action, without its version → what stands for it. */
	actions: Readonly<Record<string, LocalAction>>;
	/** Environment of the machine; at least PATH and HOME. */
	environment: Readonly<Record<string, string>>;
	/** What a job with id-token: write asks for its ID token. */
	idToken?: { url: string; token: string };
	/** Only these legs of a matrix. */
	wantsLeg?: (matrix: Leg) => boolean;
}

interface JobReport {
	result: Result;
	outputs: Record<string, string>;
}

export interface RunReport {
	jobs: Record<string, JobReport>;
	/** In the order in which they ran. */
	steps: StepReport[];
}

/** Runs the jobs of a workflow on this machine, one after the other, as the file says. */
export async function runWorkflow(workflow: Workflow, options: RunOptions): Promise<RunReport> {
	const report: RunReport = { jobs: {}, steps: [] };
	for (const job of inOrder(workflow.jobs)) {
		const needs = Object.fromEntries(job.needs.map((id) => [id, report.jobs[id]!]));
		const scope = { contexts: { ...contextsOf(options), needs }, status: statusOf(Object.values(needs)) };
		report.jobs[job.id] = holds(job.if, scope)
			? await runLegs(workflow, job, options, scope, report.steps)
			: { result: "skipped", outputs: {} };
	}
	return report;
}

/** Each job after what it needs; GitHub's reader has refused circles and names that are not there. */
function inOrder(jobs: readonly Job[]): Job[] {
	const ordered = new Set<Job>();
	const add = (job: Job): void => {
		for (const needed of jobs.filter(({ id }) => job.needs.includes(id))) add(needed);
		ordered.add(job);
	};
	for (const job of jobs) add(job);
	return [...ordered];
}

const contextsOf = ({ github, event = {}, secrets = {}, vars = {}, inputs = {} }: RunOptions) => ({
	github: { ...github, event: { ...event, inputs }, token: secrets["GITHUB_TOKEN"] ?? "" },
	...{ secrets, vars, inputs, matrix: {}, strategy: {}, needs: {} },
	runner: { os: "Linux", arch: "X64", name: "local", temp: "" },
});

/** A job whose needs were skipped is skipped too. */
const statusOf = (needs: readonly JobReport[]): Scope["status"] => {
	if (needs.some(({ result }) => result === "failure")) return "failure";
	return needs.every(({ result }) => result === "success") ? "success" : "cancelled";
};

async function runLegs(workflow: Workflow, job: Job, options: RunOptions, scope: Scope, steps: StepReport[]) {
	const strategy = sectionOf(job.tree["strategy"]);
	const reports: JobReport[] = [];
	const wanted = options.wantsLeg ?? (() => true);
	for (const matrix of legsOf(plain(strategy["matrix"], scope)).filter(wanted)) {
		const contexts = { ...scope.contexts, matrix };
		reports.push(await runLeg(workflow, job, options, { ...scope, contexts }, steps));
		const failed = reports.at(-1)!.result === "failure";
		if (failed && text(strategy["fail-fast"] ?? true, scope) === "true") break;
	}
	const outputs = reports.flatMap((one) => Object.entries(one.outputs)).filter(([, value]) => value !== "");
	const result: Result = reports.every((one) => one.result === "success") ? "success" : "failure";
	return { result, outputs: Object.fromEntries(outputs) };
}

/** Every combination of a matrix, without `exclude`, with `include` as legs of its own; one empty leg without a matrix. */
function legsOf(matrix: unknown): Leg[] {
	const { include = [], exclude = [], ...axes } = (matrix ?? {}) as Record<string, unknown[]>;
	const combined = Object.entries(axes).reduce<Leg[]>(
		(legs, [name, values]) => legs.flatMap((leg) => values.map((value) => ({ ...leg, [name]: value }))),
		[{}],
	);
	const matches = (leg: Leg, one: unknown) => Object.entries(one as Leg).every(([name, value]) => leg[name] === value);
	const legs = combined.filter((leg) => !exclude.some((one) => matches(leg, one)));
	return include.length > 0 && Object.keys(axes).length === 0 ? (include as Leg[]) : [...legs, ...(include as Leg[])];
}

async function runLeg(workflow: Workflow, job: Job, options: RunOptions, outer: Scope, steps: StepReport[]) {
	const scope: Scope = { ...outer, status: "success" };
	const directory = join(options.directory, `${steps.length}-${job.id}`);
	const [workspace, temporary] = [join(directory, "workspace"), join(directory, "temporary")];
	await Promise.all([workspace, temporary].map((path) => mkdir(path, { recursive: true })));
	const shared = texts(workflow.tree["env"], scope);
	const minutes = Number(text(job.tree["timeout-minutes"], scope) || 360);
	const state: JobState = {
		...{ id: job.id, workspace, temporary, sha: options.github.sha, path: [], status: "success", reports: [] },
		environment: { ...options.environment, ...variablesOf(options, workspace, temporary), ...idTokenOf(job, options) },
		env: { ...shared, ...texts(job.tree["env"], { ...scope, contexts: { ...scope.contexts, env: shared } }) },
		contexts: { ...scope.contexts, runner: { os: "Linux", arch: "X64", name: "local", temp: temporary } },
		defaults: { ...sectionOf(workflow.tree["defaults"]), ...sectionOf(job.tree["defaults"]) },
		actions: options.actions,
		signal: AbortSignal.timeout(Math.min(minutes * 60_000, 2 ** 31 - 1)),
	};
	for (const step of job.steps) {
		if (state.signal.aborted) state.status = "cancelled";
		await runStep(step, state);
	}
	steps.push(...state.reports);
	const forgiven = text(job.tree["continue-on-error"], scope) === "true";
	const result: Result = state.status === "success" || forgiven ? "success" : "failure";
	return { result, outputs: texts(job.tree["outputs"], scopeOf(state)) };
}

/** @see https://docs.github.com/en/actions/reference/security/oidc */
const idTokenOf = ({ tree }: Job, { idToken }: RunOptions): Record<string, string> =>
	idToken && sectionOf(tree["permissions"])["id-token"] === "write"
		? { ACTIONS_ID_TOKEN_REQUEST_URL: idToken.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: idToken.token }
		: {};

/** @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
const variablesOf = ({ github }: RunOptions, workspace: string, temporary: string): Record<string, string> => ({
	...Object.fromEntries(Object.entries(github).map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value])),
	...{ CI: "true", GITHUB_ACTIONS: "true", GITHUB_WORKSPACE: workspace, RUNNER_TEMP: temporary, RUNNER_OS: "Linux" },
});
