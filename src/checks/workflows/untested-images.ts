import type { Tree } from "../tree/tree.ts";
import type { Found } from "../triage-check.ts";
import { buildsOf } from "./builds.ts";
import { isGate, publishes } from "./gates.ts";
import type { Job, Step, Workflow } from "./model.ts";
import { CHANNEL, movedTags, testsAfter } from "./run-after.ts";
import { pushedBy } from "./tags.ts";

/** The tag that others pull, of those that a job pushes: `latest`. */
export function channelOf(job: Job): string | undefined {
	const built = buildsOf(job).flatMap(({ push, tags }) => (push === undefined ? [] : tags));
	return [...pushedBy(job), ...built]
		.map(({ text }) => CHANNEL.exec(text)?.[0].slice(1))
		.find((one) => one !== undefined);
}

/** A workflow that pushes an image of every commit and has no test at all. */
export function lonely(tree: Tree, workflow: Workflow, step: Step): Found[] {
	const { on, file, jobs } = workflow;
	const push = on.get("push");
	const everyCommit =
		push !== undefined &&
		(push.map.size === 0 || push.get("branches") !== undefined) &&
		!on.has("workflow_run") &&
		!on.has("workflow_call");
	const names = buildsOf(step.job).map(
		({ file: dockerfile, tags }) => `${dockerfile ?? ""} ${tags.map(({ text }) => text).join(" ")}`,
	);
	const isBase = names.length > 0 && names.every((name) => /base/i.test(name));
	if (!everyCommit || isBase || publishes(step) !== "image") return [];
	const starts = jobs.some(({ steps }) =>
		steps.some((one) => isGate(one) || /docker (?:run|exec|compose)|docker-compose/.test(one.run?.text ?? "")),
	);
	if (starts) return [];
	const [after] = testsAfter(tree, workflow);
	if (after !== undefined) return beforeTest(tree, step, after);
	return [
		{
			message: `${file.path} publishes the image of every commit, and nothing in it tests the image`,
			evidence: [step.part.place],
			fix: { say: "start the image in a job before and test it; let the publishing job need that job" },
			severity: "note",
		},
	];
}

/** Another workflow tests what was pushed: a tag of the commit may wait for it, one that others pull may not. */
function beforeTest(tree: Tree, step: Step, after: Workflow): Found[] {
	const channel = channelOf(step.job);
	// Two workflows that push it are told as that.
	if (channel === undefined || pushedBy(step.job).some(({ text }) => movedTags(tree).has(text))) return [];
	return [
		{
			message: `${step.job.workflow.file.path} pushes \`${channel}\` before ${after.file.path} tests it`,
			evidence: [step.part.place, after.root.get("on", "workflow_run", "workflows")?.place ?? after.file.place(1)],
			fix: { say: `push a tag of the commit, and move ${channel} in a workflow that waits for the test` },
		},
	];
}
