import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { isGate, isTestJob } from "./gates.ts";
import { workflowsOf, type Workflow } from "./model.ts";
import { pushedBy, type Pushed } from "./tags.ts";

/** A tag that people and instances pull: what it names is what runs. */
export const CHANNEL = /:(?:latest|stable|prod|production|release|live|current)$/;

const namesIn = ({ on }: Workflow): string[] =>
	on
		.get("workflow_run")
		?.get("workflows")
		?.texts.map(({ text }) => text!) ?? [];

const nameOf = ({ root, file }: Workflow): string => root.get("name")?.text ?? file.path;

/** The workflows that wait for the end of one, with their tests. */
export const testsAfter = (tree: Tree, workflow: Workflow): Workflow[] =>
	workflowsOf(tree).filter((one) => namesIn(one).includes(nameOf(workflow)) && hasTest(one));

const hasTest = ({ jobs }: Workflow): boolean => jobs.some((job) => isTestJob(job) || job.steps.some(isGate));

/** Whether a workflow begins after the end of one that tests: it has a test, or is called one. */
export const waitsForTest = (tree: Tree, workflow: Workflow): boolean =>
	namesIn(workflow).some(
		(name) =>
			/\b(?:smoke|tests?|e2e|verify|acceptance)\b/i.test(name) ||
			workflowsOf(tree).some((one) => nameOf(one) === name && hasTest(one)),
	);

/** The tags that a job moves to an image that was built before, by another job or workflow. */
export const movedTags = once((tree: Tree): ReadonlySet<string> => {
	const pushed = workflowsOf(tree).flatMap(({ jobs }) => jobs.flatMap(pushedBy));
	return new Set(pushed.filter(isMoved).map(({ text }) => text));
});

const isMoved = ({ step }: Pushed): boolean =>
	step.uses === undefined && /\bimagetools\s+create\b|\b(?:crane|skopeo|regctl|oras)\b/.test(step.run?.text ?? "");
