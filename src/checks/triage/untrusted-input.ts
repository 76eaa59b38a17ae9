import type { Found, Severity, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { referencesIn } from "../workflows/expressions.ts";
import { counted, readableOf, type Step, type Workflow } from "../workflows/model.ts";
import { waitsForForks } from "../workflows/outsiders.ts";
import type { Part } from "../workflows/part.ts";

const TEXT =
	/^github\.(?:head_ref|event\.(?:(?:issue|pull_request|discussion)\.(?:title|body)|(?:comment|review|review_comment)\.body|pull_request\.head\.(?:ref|label|repo\.default_branch|repo\.full_name|repo\.description|user\.login)|head_commit\.(?:message|author\.(?:email|name)|committer\.(?:email|name))|commits\.\*?\.?(?:message|author\.(?:email|name))|pages\.\*?\.?page_name|workflow_run\.(?:head_branch|head_commit\.message|head_commit\.author\.(?:email|name)|display_title)|release\.(?:name|body)))$/;
/** Events that run with secrets for whoever opens something. */
const PRIVILEGED = [
	"pull_request_target",
	"issue_comment",
	"issues",
	"discussion",
	"discussion_comment",
	"workflow_run",
	"pull_request_review",
	"pull_request_review_comment",
	"fork",
];

export default {
	code: "TS222",
	scope: "static",
	severity: "warning",
	question: "Does no text of an outsider become code of a workflow?",
	why: "GitHub puts the value of an expression into the script before the shell reads it: a title such as `$(curl … | sh)` runs with the token and the secrets of the job.",
	example:
		'`run: echo "${{ github.event.issue.title }}"`. Hand it over by env: `env: { TITLE: ${{ … }} }` and `echo "$TITLE"`.',
	run(tree) {
		const findings = readableOf(tree).flatMap((workflow) =>
			workflow.jobs.flatMap(({ steps }) =>
				steps.flatMap((step) => [...injected(step), ...headOfFork(tree, step, workflow)]),
			),
		);
		return { looked: counted(tree), findings };
	},
} satisfies StaticCheck;

function injected(step: Step): Found[] {
	const isScript = step.uses?.text?.startsWith("actions/github-script@") ?? false;
	const code = [step.run, isScript ? step.with.get("script") : undefined].filter(
		(part): part is Part => part?.text !== undefined,
	);
	return code.flatMap((part) => {
		const bad = referencesIn(part).filter(({ path }) => TEXT.test(path.join(".")));
		return [...new Map(bad.map((one) => [one.path.join("."), one])).entries()].map(([name, { at }]): Found => ({
			message: `step "${step.title}" puts \`${name}\` into its script, where it runs as code`,
			evidence: [part.placeIn(at)],
			fix: { say: `give the step an env with the expression, and write "$NAME" in the script` },
			severity: severityOf(step.job.workflow),
		}));
	});
}

const severityOf = ({ on, kind }: Workflow): Severity =>
	kind === "workflow" && PRIVILEGED.some((event) => on.has(event)) ? "error" : "warning";

const HEAD =
	/github\.event\.pull_request\.head\.(?:sha|ref)|github\.head_ref|refs\/pull\/\$\{\{[^}]*\}\}\/(?:merge|head)|github\.event\.workflow_run\.head_(?:sha|branch)/;

/** The code of a fork, checked out with the rights of this repository, and then executed. */
function headOfFork(tree: Tree, step: Step, workflow: Workflow): Found[] {
	const { on } = workflow;
	const event = ["pull_request_target", "workflow_run"].find((name) => on.has(name));
	if (event === undefined || !(step.uses?.text?.startsWith("actions/checkout") ?? false)) return [];
	const [ref, repository] = [step.with.get("ref"), step.with.get("repository")];
	const named = [ref, repository].find(
		(part) => HEAD.test(part?.text ?? "") || /head\.repo\.full_name/.test(part?.text ?? ""),
	);
	const later = step.job.steps
		.slice(step.index + 1)
		.find(({ run, uses }) => run !== undefined || uses?.text?.startsWith("./") === true);
	if (named === undefined || later === undefined) return [];
	if (event === "workflow_run" && !waitsForForks(tree, workflow)) return [];
	if (
		/environment/.test([...step.job.part.map.keys()].join(" ")) ||
		/author_association|label/.test(step.job.part.get("if")?.text ?? "")
	)
		return [];
	return [
		{
			message: `on ${event} the job \`${step.job.id}\` checks out the code of the pull request and runs it with the secrets of this repository`,
			evidence: [named.place, later.part.place],
			fix: { say: "use the event pull_request, which has no secrets for forks; or do not execute what is checked out" },
			severity: event === "workflow_run" ? "warning" : "error",
		},
	];
}
