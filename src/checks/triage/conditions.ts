import { editAt } from "../facts/found.ts";
import { comparisonsBelow, passes, type Comparison } from "../workflows/comparisons.ts";
import { counted, workflowsOf, type Job, type Workflow } from "../workflows/model.ts";
import { canHold, possibleFor } from "../workflows/possible-values.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS232",
	scope: "static",
	severity: "error",
	question: "Can every comparison in an expression of a workflow hold?",
	why: "A condition on a value that never comes is no error at GitHub: the step, the tag or the deploy that it guards is left out in every run.",
	example: "`if: github.ref == 'main'`: github.ref is refs/heads/main; write that, or github.ref_name.",
	run(tree) {
		return { looked: counted(tree), findings: workflowsOf(tree).flatMap((workflow) => inWorkflow(workflow, tree)) };
	},
} satisfies StaticCheck;

function inWorkflow(workflow: Workflow, tree: Tree): Found[] {
	const jobs = workflow.jobs.flatMap((job) => {
		const all = [...job.part.map].flatMap(([key, part]) => comparisonsBelow(part, key));
		return judged(all, tree, workflow, job);
	});
	const rest = [...workflow.root.map].filter(([key]) => !/^(?:jobs|runs|on|true)$/.test(key));
	return [
		...jobs,
		...judged(
			rest.flatMap(([key, part]) => comparisonsBelow(part, key)),
			tree,
			workflow,
			undefined,
		),
	];
}

function judged(all: readonly Comparison[], tree: Tree, workflow: Workflow, job: Job | undefined): Found[] {
	const found = all.flatMap((one): Found[] => {
		const possible = possibleFor(one.path, { tree, workflow, job });
		if (possible === undefined || canHold(one, possible, (text) => passes(one, text)) !== false) return [];
		if (isOneOfSeveral(one, all)) return [];
		const never = one.how !== "!=";
		const value = String(one.value);
		const instead = possible.instead?.(value);
		const place = one.part.placeIn(one.at);
		const better = one.text.replace(/'(?:[^']|'')*'/, `'${instead ?? ""}'`);
		return [
			{
				message: `\`${one.text}\` ${never ? "never holds" : "always holds"}: ${possible.say}`,
				evidence: [place, ...(possible.place === undefined ? [] : [possible.place.place])],
				fix: {
					say:
						instead !== undefined
							? `write ${better}`
							: typeof one.value === "boolean"
								? `compare with the text: '${value}'`
								: possible.never === "text"
									? `leave the quotes out: ${value.toLowerCase()}`
									: "compare with a value that it can have, or take the condition out",
					...(instead === undefined || one.part.block ? {} : editOf(one, better)),
				},
				...(never || typeof one.value === "boolean" || possible.form !== undefined
					? {}
					: { severity: "note" as const }),
			},
		];
	});
	return [...new Map(found.map((one) => [`${one.message}${JSON.stringify(one.evidence[0])}`, one])).values()];
}

function editOf({ part, text }: Comparison, better: string): Pick<Found["fix"], "edit"> {
	const at = part.file.text.indexOf(text, part.valueAt);
	return at === -1 || part.file.lineAt(at) !== part.file.lineAt(part.valueAt)
		? {}
		: editAt(part.file, at, text, better);
}

/** `github.ref == 'main' || github.ref == 'refs/heads/main'`: the second one holds for both. */
const isOneOfSeveral = (one: Comparison, all: readonly Comparison[]): boolean =>
	one.source.includes("||") &&
	all.some(
		(other) =>
			other !== one &&
			other.source === one.source &&
			other.part === one.part &&
			other.path.join() === one.path.join() &&
			other.how !== "!=" &&
			String(other.value).includes(String(one.value)),
	);
