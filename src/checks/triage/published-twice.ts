import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { filterOf } from "../workflows/globs.ts";
import { before, isGate, isTestJob } from "../workflows/gates.ts";
import { counted, workflowsOf, type Job, type Step, type Workflow } from "../workflows/model.ts";
import { CHANNEL, waitsForTest } from "../workflows/run-after.ts";
import { pushedBy, type Pushed } from "../workflows/tags.ts";

export default {
	code: "TS215",
	scope: "static",
	severity: "warning",
	question: "Is every tag pushed from one place?",
	why: "Two runs that push the same tag race: what the tag names depends on which one ended last.",
	example: "Two workflows that push `app:latest` on every push to main. Let one publish, and the other only test.",
	run(tree) {
		const workflows = workflowsOf(tree).filter(({ kind }) => kind === "workflow");
		const all = workflows.flatMap(({ jobs }) => jobs.flatMap(pushedBy));
		const byTag = Map.groupBy(
			all.filter(({ text }) => text.includes(":") && isFixed(text)),
			({ text }) => text,
		);
		return {
			looked: `${counted(tree)}, ${byTag.size} tags`,
			findings: [
				...[...byTag.values()].flatMap((pushed) => [...twice(pushed), ...untested(tree, pushed)].slice(0, 1)),
				...workflows.flatMap(({ jobs }) => jobs.flatMap(everyLeg)),
			],
		};
	},
} satisfies StaticCheck;

/** Unlike variables of a shell or outputs of steps, which mean something else in every file. */
const isFixed = (text: string): boolean => !/\$\w|\$\{\w|steps\.|needs\.|matrix\.|inputs\./.test(text);

function twice(pushed: readonly Pushed[]): Found[] {
	const [first, ...others] = pushed;
	const second = others.find(
		(other) =>
			other.job.workflow !== first!.job.workflow && triggers(first!.job.workflow, other.job.workflow) !== undefined,
	);
	const beside = others.find(
		(other) =>
			other.job !== first!.job &&
			other.job.workflow === first!.job.workflow &&
			isUnconditional(other) &&
			isUnconditional(first!) &&
			!precedes(first!.job, other.job),
	);
	const other = second ?? beside;
	if (other === undefined) return [];
	const when = triggers(first!.job.workflow, other.job.workflow) ?? "every run";
	return [
		{
			message: `\`${first!.text}\` is pushed by ${second === undefined ? `the jobs \`${first!.job.id}\` and \`${other.job.id}\` of one workflow` : `${first!.job.workflow.file.path} and by ${other.job.workflow.file.path}, both on ${when}`}`,
			evidence: [other.place, first!.place],
			fix: { say: "let one of them publish, and take push out of the other" },
		},
	];
}

/** One workflow moves the tag after a test of what it built, and another one without any. */
function untested(tree: Tree, pushed: readonly Pushed[]): Found[] {
	if (!CHANNEL.test(pushed[0]!.text)) return [];
	const bare = pushed.find((one) => runsByItself(one.job.workflow) && !isTestedBefore(one));
	const after = pushed.find(
		({ job, step }) =>
			job.workflow !== bare?.job.workflow && (isTestedBefore({ job, step }) || waitsForTest(tree, job.workflow)),
	);
	if (bare === undefined || after === undefined) return [];
	return [
		{
			message: `\`${bare.text}\` is pushed by ${bare.job.workflow.file.path} without a test, and by ${after.job.workflow.file.path} only after one`,
			evidence: [bare.place, after.place],
			fix: {
				say: `give it another tag in ${bare.job.workflow.file.path}, or test the image there before it is pushed`,
			},
		},
	];
}

const isTestedBefore = ({ job, step }: Pick<Pushed, "job" | "step">): boolean =>
	[...before(job)].some((one) => isTestJob(one) || one.steps.some(isGate)) ||
	job.steps.slice(0, step.index).some(isGate);

/** Not by hand, by another workflow, or after one that may have tested. */
const runsByItself = ({ on }: Workflow): boolean =>
	(on.has("schedule") || on.has("push")) && !on.has("workflow_run") && !on.has("workflow_call");

const isUnconditional = ({ job, step }: Pushed): boolean =>
	job.part.get("if") === undefined && step.part.get("if") === undefined;
const precedes = (a: Job, b: Job): boolean =>
	b.needs.some(({ text }) => text === a.id) || a.needs.some(({ text }) => text === b.id);

/** An event that starts both. */
function triggers(a: Workflow, b: Workflow): string | undefined {
	for (const event of ["push", "schedule", "release"]) {
		const [one, other] = [a.on.get(event), b.on.get(event)];
		if (one === undefined || other === undefined) continue;
		if (event !== "push") return event;
		const branches = [one, other].map((part) => part.get("branches")?.texts.map(({ text }) => text!));
		const tagsOnly = [one, other].map((part) => part.get("tags") !== undefined && part.get("branches") === undefined);
		if (tagsOnly[0] !== tagsOnly[1]) continue;
		if (tagsOnly[0]) return "a push of a tag";
		if (branches[0] === undefined || branches[1] === undefined) return "a push";
		const common = branches[0].find((branch) =>
			branches[1]!.some((other) => filterOf(other).test(branch) || filterOf(branch).test(other)),
		);
		if (common !== undefined) return `a push to ${common}`;
	}
	return undefined;
}

/** A matrix whose legs push one and the same tag. */
function everyLeg(job: Job): Found[] {
	const matrix = job.part.get("strategy", "matrix");
	const keys = [...(matrix?.map ?? [])].filter(([key]) => key !== "exclude");
	if (!keys.some(([, { list }]) => list.length > 1) || namesByMatrix(job)) return [];
	const same = pushedBy(job).find(({ text, step }) => text.includes(":") && isFixed(text) && isOfEveryLeg(step));
	if (same === undefined) return [];
	return [
		{
			message: `every leg of the matrix of job \`${job.id}\` pushes \`${same.text}\`: the last one wins`,
			evidence: [same.place, matrix!.place],
			fix: { say: "put the matrix value into the tag, or push by digest and make one index of them" },
		},
	];
}

/** docker/metadata-action makes other tags of every leg. */
const namesByMatrix = ({ steps }: Job): boolean =>
	steps.some(
		({ uses, with: inputs }) =>
			(uses?.text?.startsWith("docker/metadata-action") ?? false) &&
			[...inputs.values()].some(({ text }) => text?.includes("matrix.")),
	);

/** No condition names the matrix, and nothing is pushed by its digest. */
function isOfEveryLeg({ part, job, with: inputs }: Step): boolean {
	const conditions = [part.get("if"), inputs.get("push"), job.part.get("if")].map((one) => one?.text ?? "").join(" ");
	const all = [part.get("run"), ...inputs.values()].map((one) => one?.text ?? "").join(" ");
	return !conditions.includes("matrix.") && !/push-by-digest|outputs\./.test(all);
}
