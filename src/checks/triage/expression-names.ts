import type { Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { referencesBelow, type Reference } from "../workflows/expressions.ts";
import { counted, workflowsOf, type Job, type Workflow } from "../workflows/model.ts";
import { oddExpressions, unsetVariables } from "../workflows/odd-expressions.ts";
import { nameFault, type Where } from "../workflows/names.ts";

export default {
	code: "TS203",
	scope: "static",
	severity: "error",
	question: "Does every name in an expression exist: properties, needs, steps, outputs, matrix, inputs?",
	why: "An unknown name is no error at GitHub: it is empty, and what it was for is built, tagged or skipped without it.",
	example: "`${{ github.repository_name }}` is empty; `${{ github.event.repository.name }}` is the name.",
	run(tree) {
		return {
			looked: counted(tree),
			findings: workflowsOf(tree).flatMap((workflow) => [
				...faultsOf(workflow, tree),
				...oddExpressions(workflow),
				...unsetVariables(workflow),
			]),
		};
	},
} satisfies StaticCheck;

function faultsOf(workflow: Workflow, tree: Tree): Found[] {
	const seen = new Set<string>();
	const found: Found[] = [];
	const look = (references: readonly Reference[], where: Where) => {
		for (const reference of references) {
			const fault = nameFault(reference, where);
			const key = fault && `${fault.message} ${where.step?.index ?? ""} ${where.job?.id ?? ""}`;
			if (fault === undefined || seen.has(key!)) continue;
			seen.add(key!);
			const { message, say, also } = fault;
			const place = reference.part.placeIn(reference.at);
			const evidence: Found["evidence"] = [place, ...(also ? [also.place] : [])];
			found.push({ message, evidence, fix: { say }, ...(reference.key === "name" && { severity: "note" }) });
		}
	};
	for (const job of workflow.jobs) lookInJob(job, tree, look);
	const rest = [...workflow.root.map].filter(([key]) => key !== "jobs" && key !== "runs");
	for (const [, part] of rest) look(referencesBelow(part), { tree, workflow, job: undefined, step: undefined });
	return found;
}

function lookInJob(job: Job, tree: Tree, look: (references: readonly Reference[], where: Where) => void): void {
	const { workflow } = job;
	for (const step of job.steps) look(referencesBelow(step.part), { tree, workflow, job, step });
	const references = [...job.part.map].flatMap(([key, part]) => (key === "steps" ? [] : referencesBelow(part, key)));
	look(references, { tree, workflow, job, step: undefined });
}
