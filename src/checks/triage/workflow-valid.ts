import type { Found, StaticCheck } from "../triage-check.ts";
import { conditionFault, githubFaults } from "../workflows/github-parser.ts";
import { ciFiles, counted, workflowsOf, type Workflow } from "../workflows/model.ts";

const MOST = 5;

export default {
	code: "TS202",
	scope: "static",
	severity: "error",
	question: "Would GitHub accept every workflow: its keys, events, jobs and expressions?",
	why: "GitHub refuses the whole file for one unknown key or one expression that does not parse, and no job of it starts.",
	example: "`on: pull-request` is no event, `pull_request` is; `${{ secrets.KEY }}` is not allowed in `if:`.",
	async run(tree) {
		const files = ciFiles(tree).filter(({ kind, errors }) => kind !== "gitlab" && errors.length === 0);
		// A key that is there twice keeps GitHub's parser from the rest.
		const twice = workflowsOf(tree).filter(({ file }) => !files.some((one) => one.file === file));
		const findings: Found[] = twice.flatMap((one) => needsOfNobody(one, []));
		for (const { file, kind } of files) {
			const faults = await githubFaults(file, kind === "action");
			const own = needsOfNobody(
				workflowsOf(tree).find((one) => one.file === file),
				faults,
			);
			findings.push(
				...own,
				...faults.slice(0, MOST).map(({ message, line }) => ({
					message: `GitHub refuses ${file.path}: ${message}`,
					evidence: [file.place(line)] as const,
					fix: { say: fixOf(message) },
				})),
			);
		}
		for (const workflow of workflowsOf(tree)) findings.push(...(await conditions(workflow)));
		return { looked: counted(tree), findings };
	},
} satisfies StaticCheck;

/** Needs that GitHub's parser did not come to, after another fault. */
function needsOfNobody(workflow: Workflow | undefined, faults: readonly { message: string }[]): Found[] {
	if (faults.some(({ message }) => /depends on|no dependencies/.test(message)) || workflow === undefined) return [];
	const ids = workflow.jobs.map(({ id }) => id.toLowerCase());
	return workflow.jobs.flatMap(({ id, needs }) =>
		needs
			.filter(({ text }) => !ids.includes(text!.toLowerCase()) && !text!.includes("${{"))
			.map((need) => ({
				message: `GitHub refuses ${workflow.file.path}: job \`${id}\` needs \`${need.text}\`, which does not exist`,
				evidence: [need.place] as const,
				fix: { say: `name one of ${ids.filter((one) => one !== id).join(", ")}, or take it out` },
			})),
	);
}

/** Conditions without braces. */
async function conditions({ file, jobs, kind }: Workflow): Promise<Found[]> {
	const all = jobs.flatMap((job) => [
		...(kind === "workflow" ? [{ part: job.part.get("if"), isStep: false }] : []),
		...job.steps.map(({ part }) => ({ part: part.get("if"), isStep: true })),
	]);
	const found = await Promise.all(
		all.map(async ({ part, isStep }): Promise<Found[]> => {
			if (part?.text === undefined || part.text.includes("${{")) return [];
			const fault = await conditionFault(part.text, isStep);
			return fault === undefined
				? []
				: [{ message: `GitHub refuses ${file.path}: ${fault}`, evidence: [part.place], fix: { say: fixOf(fault) } }];
		}),
	);
	return found.flat();
}

function fixOf(message: string): string {
	if (/Unrecognized named-value: '(?:env|secrets|runner|steps|matrix|needs|job|inputs)'/.test(message))
		return "this context is not available there: hand the value over by an env of the step, an output or an input";
	if (message.startsWith("Unexpected value"))
		return "correct the spelling or the place of it: the reference is https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax";
	return "correct it: the reference is https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax";
}
