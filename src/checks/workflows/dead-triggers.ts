import { nearest } from "../../system/nearest.ts";
import type { Found } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { filterOf } from "./globs.ts";
import { workflowsOf, type Workflow } from "./model.ts";
import { isRewritten, omittedInputs } from "./omitted.ts";
import type { Part } from "./part.ts";

/** Triggers and conditions that wait for what never comes. */
export const deadTriggers = (workflow: Workflow, tree: Tree): Found[] =>
	workflow.kind === "action"
		? []
		: [...unknownWorkflows(workflow, tree), ...deadPaths(workflow, tree), ...deadConditions(workflow)];

function unknownWorkflows({ on }: Workflow, tree: Tree): Found[] {
	const all = workflowsOf(tree).filter(({ kind }) => kind === "workflow");
	const names = all.map(({ root, file }) => root.get("name")?.text ?? file.path);
	return (on.get("workflow_run")?.get("workflows")?.texts ?? []).flatMap((part) => {
		if (/[*?[]/.test(part.text!) || names.includes(part.text!)) return [];
		const meant = nearest(part.text!, names);
		return [
			{
				message: `no workflow is called \`${part.text}\`, so that its end never starts this one`,
				evidence: [part.place] as const,
				fix: { say: meant === undefined ? `name one of: ${names.join(", ")}` : `write ${meant}` },
			},
		];
	});
}

/** Folders that match no file. A file at the root may come with a later commit. */
function deadPaths(workflow: Workflow, tree: Tree): Found[] {
	const { on, file } = workflow;
	// Told with what it omits.
	const told = new Set(omittedInputs(tree, workflow).flatMap(({ stale }) => stale?.text ?? []));
	const parts = ["push", "pull_request"].flatMap((event) => on.get(event)?.get("paths")?.texts ?? []);
	const dead = parts.filter(({ text }) => !text!.startsWith("!") && !told.has(text!) && !matches(text!, tree));
	const isSilent = dead.length > 0 && dead.length === parts.length;
	const former = dead.flatMap((part) => {
		const now = tree.paths.find((path) => isRewritten(part.text!, path));
		return now === undefined ? [] : [{ part, now }];
	});
	const sure = new Set(former.map(({ part }) => part));
	const [first, ...others] = isSilent ? dead : dead.filter((part) => /\w\//.test(part.text!) || sure.has(part));
	if (first === undefined) return [];
	const names = [...new Set([first, ...others].map(({ text }) => `\`${text}\``))];
	return [
		{
			message: `${isSilent ? "every path filter" : "a path filter"} of ${file.path} matches no file of the tree: ${names.join(", ")}`,
			evidence: [first.place, ...others.map(({ place }) => place)],
			fix: {
				say:
					former.length > 0
						? `write ${former.map(({ now }) => now).join(", ")}`
						: "write the path as it is now, or take it out",
			},
			severity: isSilent || former.length > 0 ? "warning" : "note",
		},
	];
}

function matches(pattern: string, tree: Tree): boolean {
	if (/^\*\*?(?:\/\*)?\.?\w*$|^\*\*\//.test(pattern)) return true;
	const matcher = filterOf(pattern);
	return tree.paths.some((path) => matcher.test(path));
}

/** Conditions of a job or a step that ask for a branch or an event which starts no run. */
function deadConditions({ on, jobs }: Workflow): Found[] {
	const conditions = jobs
		.flatMap((job) => [job.part, ...job.steps.map(({ part }) => part)])
		.flatMap((part) => part.get("if") ?? []);
	return conditions.flatMap((part) =>
		part.text === undefined || /\|\||!\s*\(/.test(part.text) ? [] : [...otherBranch(part, on), ...otherEvent(part, on)],
	);
}

const foundFor = (part: Part, what: string, also: Part | undefined): Found => ({
	message: `the condition \`${part.text!.trim().slice(0, 80)}\` never holds: ${what}`,
	evidence: [part.place, ...(also === undefined ? [] : [also.place])],
	fix: { say: "name what starts the workflow, or add it to its on" },
});

function otherBranch(part: Part, on: Workflow["on"]): Found[] {
	// A short name in github.ref is told by the check of conditions.
	const branch = /github\.(?:ref\s*==\s*'refs\/heads\/|ref_name\s*==\s*')([\w./-]+)'/.exec(part.text!)?.[1];
	const branches = on.get("push")?.get("branches");
	const onlyPush = [...on.keys()].every((event) => event === "push" || event === "pull_request");
	if (
		branch === undefined ||
		branch.startsWith("refs/") ||
		branches === undefined ||
		!onlyPush ||
		on.get("push")?.get("tags") !== undefined
	)
		return [];
	if (branches.texts.some(({ text }) => text!.startsWith("!") || filterOf(text!).test(branch))) return [];
	return [foundFor(part, `a push to ${branch} does not start the workflow`, branches)];
}

function otherEvent(part: Part, on: Workflow["on"]): Found[] {
	const event = /github\.event_name\s*==\s*'(\w+)'/.exec(part.text!)?.[1];
	if (event === undefined || on.size === 0 || on.has(event) || on.has("workflow_call")) return [];
	return [foundFor(part, `the event ${event} does not start the workflow`, on.values().next().value)];
}
