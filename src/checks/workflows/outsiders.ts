import type { Tree } from "../tree/tree.ts";
import { workflowsOf, type Workflow } from "./model.ts";

/** Events that a member of the project, or the clock, starts: no fork has a part in them. */
const OWN = new Set([
	"push",
	"schedule",
	"workflow_dispatch",
	"repository_dispatch",
	"release",
	"create",
	"merge_group",
]);

/**
 * Whether code of a fork may stand behind `workflow_run`: one of the workflows that are waited for runs for pull
 * requests, or has a trigger that is not known. A workflow that the tree lacks starts nothing.
 * https://docs.github.com/en/actions/reference/events-that-trigger-workflows#workflow_run
 */
export function waitsForForks(tree: Tree, { on, root }: Workflow, seen: readonly Workflow[] = []): boolean {
	const waited =
		on
			.get("workflow_run")
			?.get("workflows")
			?.texts.map(({ text }) => text!) ?? [];
	// A condition of every job on the event that started the other run.
	const jobs = root.get("jobs")?.map;
	if (jobs !== undefined && [...jobs.values()].every((job) => OF_OWN.test(job.get("if")?.text ?? ""))) return false;
	return workflowsOf(tree).some(
		(one) =>
			waited.includes(one.root.get("name")?.text ?? one.file.path) &&
			!seen.includes(one) &&
			[...one.on.keys()].some((event) =>
				event === "workflow_run" ? waitsForForks(tree, one, [...seen, one]) : !OWN.has(event),
			),
	);
}

const OF_OWN = /workflow_run\.event\s*==\s*'(?:push|schedule|workflow_dispatch|release)'/;
