import { posix } from "node:path";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { buildsOf } from "../workflows/builds.ts";
import { foldersOf } from "../workflows/folders.ts";
import { counted, workflowsOf, type Job } from "../workflows/model.ts";
import { argumentsOf, scriptOf } from "../workflows/script.ts";
import { targetOf } from "../workflows/targets.ts";

/** Other ways to the files of a repository. */
const BRINGS = /checkout|clone|download-artifact|actions\/cache/i;
const FETCHES = /\bgit (?:clone|init|fetch)\b|gh repo clone|\btar\b|\bunzip\b|\bcurl\b|\bwget\b/;

export default {
	code: "TS229",
	scope: "static",
	severity: "error",
	question: "Does every job check the repository out before it uses a file of it?",
	why: "A job begins in an empty folder: a script, a local action or a build context is not there without actions/checkout.",
	example: "`- run: ./scripts/deploy.sh` in a job whose first step is not actions/checkout.",
	run(tree) {
		const jobs = workflowsOf(tree)
			.filter(({ kind }) => kind === "workflow")
			.flatMap((workflow) => workflow.jobs);
		return { looked: `${counted(tree)}, ${jobs.length} jobs`, findings: jobs.flatMap((job) => missing(job, tree)) };
	},
} satisfies StaticCheck;

function missing(job: Job, tree: Tree): Found[] {
	const [use] = [...localActions(job), ...contexts(job, tree), ...scripts(job, tree)].toSorted(
		(a, b) => a.index - b.index,
	);
	if (use === undefined) return [];
	const earlier = job.steps.slice(0, use.index);
	if (earlier.some(({ uses, run }) => BRINGS.test(uses?.text ?? "") || FETCHES.test(run?.text ?? ""))) return [];
	const late = job.steps.slice(use.index).find(({ uses }) => uses?.text?.startsWith("actions/checkout@") ?? false);
	return [
		{
			message: `job \`${job.id}\` uses ${use.what} ${late === undefined ? "and never checks the repository out" : "before it checks the repository out"}`,
			evidence: [use.place, ...(late === undefined ? [] : [late.part.place])],
			fix: { say: late === undefined ? "add a step actions/checkout before it" : "move actions/checkout to the top" },
		},
	];
}

interface Use {
	index: number;
	what: string;
	place: FilePlace;
}

const localActions = (job: Job): Use[] =>
	job.steps.flatMap(({ uses, index }) =>
		uses?.text?.startsWith("./") ? [{ index, what: `the action ${uses.text}`, place: uses.place }] : [],
	);

/** Without a context, docker/build-push-action fetches the repository itself. */
const contexts = (job: Job, tree: Tree): Use[] =>
	buildsOf(job).flatMap(({ step, context, file, place }) =>
		context === undefined ||
		file === undefined ||
		!tree.has(file) ||
		(step.uses !== undefined && !step.with.has("context"))
			? []
			: [{ index: step.index, what: file, place: step.with.get("context")?.place ?? place }],
	);

function scripts(job: Job, tree: Tree): Use[] {
	return job.steps.flatMap((step) => {
		const script = scriptOf(step);
		const folders = script === undefined ? undefined : foldersOf(script);
		return (script?.commands ?? []).flatMap((command): Use[] => {
			const words = argumentsOf(command);
			const [folder, target] = [
				folders!.get(command),
				targetOf(words.map(({ text, dynamic }) => (dynamic ? "$" : text))),
			];
			if (folder === undefined || target === undefined) return [];
			const path = posix.join(folder, target.path);
			// The script may have fetched or made it itself.
			const isMade =
				FETCHES.test(script!.text) || script!.text.slice(0, words[0]!.start).includes(posix.basename(path));
			return tree.has(path) && !isMade
				? [{ index: step.index, what: path, place: script!.place(words[0]!.start) }]
				: [];
		});
	});
}
