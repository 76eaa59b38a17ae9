import { posix } from "node:path";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import type { Tree } from "../tree/tree.ts";
import { buildsOf, folderOf } from "../workflows/builds.ts";
import { mayExist, workspaceOf, type Workspace } from "../workflows/created.ts";
import { foldersOf } from "../workflows/folders.ts";
import { namedByGitlab } from "../workflows/gitlab.ts";
import { unhashed } from "../workflows/hash-patterns.ts";
import { ciFiles, counted, readableOf, type Job, type Step } from "../workflows/model.ts";
import { argumentsOf, scriptOf } from "../workflows/script.ts";
import { calledByPowershell } from "../workflows/powershell.ts";
import { missingTask } from "../workflows/tasks.ts";
import { targetOf } from "../workflows/targets.ts";

export default {
	code: "TS221",
	scope: "static",
	severity: "error",
	question: "Is every file that a workflow names in the tree: scripts, Dockerfiles, folders, actions, requirements?",
	why: "A tidy-up that moves a file without its workflow breaks CI minutes later, in the step that needs it.",
	example: "`file: docker/Dockerfile.app` after the Dockerfile moved to the root.",
	run(tree) {
		const jobs = readableOf(tree).flatMap((workflow) => workflow.jobs);
		const findings = jobs.flatMap((job) => [
			...called(job, tree),
			...job.steps.flatMap((step) => missingIn(step, tree)),
			...built(job, tree),
			...unhashed(job, tree),
		]);
		for (const file of ciFiles(tree))
			findings.push(
				...namedByGitlab(file)
					.filter(({ path }) => !tree.has(path))
					.map(({ path, as, place }) => foundFor(path, as, place, tree)),
			);
		const byPath = new Map(
			findings.map((one) => [
				`${one.message}${one.evidence.map((place) => ("line" in place ? place.line : "")).join()}`,
				one,
			]),
		);
		return { looked: counted(tree), findings: [...byPath.values()] };
	},
} satisfies StaticCheck;

function foundFor(path: string, as: string, place: FilePlace, tree: Tree): Found {
	const name = posix.basename(path);
	const elsewhere = tree.paths.filter((one) => posix.basename(one) === name);
	return {
		message: `${place.path} names ${as} ${path}, which is not in the tree`,
		evidence: [place],
		fix: {
			say:
				elsewhere.length > 0
					? `write ${elsewhere[0]}, or put the file back`
					: `put ${path} back (git log -- ${path}), or take the line out`,
		},
	};
}

/** Local actions and workflows. */
function called(job: Job, tree: Tree): Found[] {
	return [job, ...job.steps].flatMap((one) => {
		const { uses } = one;
		if (!uses?.text?.startsWith("./") || uses.text.includes("$")) return [];
		const path = uses.text.slice(2).replace(/\/$/, "");
		const isWorkflow = /\.ya?ml$/.test(path);
		const there = isWorkflow
			? [path]
			: ["action.yml", "action.yaml", "Dockerfile"].map((name) => posix.join(path, name));
		const space = "index" in one ? workspaceOf(job, one.index) : undefined;
		if (
			there.some((file) => tree.has(file)) ||
			(space !== undefined && (space.foreign.some((folder) => path.startsWith(folder)) || space.unknown))
		)
			return [];
		return [foundFor(path, isWorkflow ? "the workflow" : "the action", uses.place, tree)];
	});
}

function built(job: Job, tree: Tree): Found[] {
	return buildsOf(job).flatMap(({ step, file, context, place, plain }): Found[] => {
		const space = workspaceOf(job, step.index);
		if (!space.checkedOut || file === undefined) return [];
		const [fileAt, contextAt] = [step.with.get("file")?.place ?? place, step.with.get("context")?.place ?? place];
		const script = plain || step.run !== undefined ? before(step, place) : "";
		if (context !== undefined && context !== "" && !tree.has(context))
			return mayExist(context, space, script) ? [] : [foundFor(context, "the build context", contextAt, tree)];
		return tree.has(file) || mayExist(file, space, script) ? [] : [foundFor(file, "the Dockerfile", fileAt, tree)];
	});
}

/** The script of a step above a line. */
const before = ({ run }: Step, place: FilePlace): string => {
	const lines = run?.text?.split("\n") ?? [];
	return lines.slice(0, Math.max(lines.indexOf(place.text.trim()), 0)).join("\n");
};

/** Inputs of actions that name a file, and fail without it. */
const INPUTS: readonly (readonly [RegExp, readonly string[]])[] = [
	[
		/^actions\/setup-(?:node|python|go|java|dotnet|ruby)@|^ruby\/setup-ruby@/,
		[
			"node-version-file",
			"python-version-file",
			"go-version-file",
			"java-version-file",
			"global-json-file",
			"cache-dependency-path",
		],
	],
];

function missingIn(step: Step, tree: Tree): Found[] {
	const space = workspaceOf(step.job, step.index);
	if (!space.checkedOut) return [];
	const absent = (path: string, script = "") => !tree.has(path) && !mayExist(path, space, script);
	const named = INPUTS.filter(([action]) => action.test(step.uses?.text ?? "")).flatMap(([, inputs]) =>
		inputs.flatMap((name) => step.with.get(name) ?? []),
	);
	const inputs = named.flatMap((part) =>
		part
			.text!.split("\n")
			.map((line) => line.trim())
			.filter((path) => path !== "" && absent(path.replace(/^\.\//, "")))
			.map((path) => foundFor(path, "the file", part.place, tree)),
	);
	const folder = step.part.get("working-directory") ?? step.job.part.get("defaults", "run", "working-directory");
	const wanted = folder?.text?.replace(/^\.\/|\/$/g, "") ?? "";
	const folders =
		step.run !== undefined && wanted !== "" && wanted !== "." && absent(wanted)
			? [foundFor(wanted, "the working directory", folder!.place, tree)]
			: [];
	return [...inputs, ...folders, ...(folders.length > 0 ? [] : scripts(step, space, tree))];
}

/** Scripts that are called, and files of requirements, in the folder of the command. */
function scripts(step: Step, space: Workspace, tree: Tree): Found[] {
	const script = scriptOf(step);
	if (script === undefined) return inPowershell(step, space, tree);
	const folders = foldersOf(script);
	return script.commands.flatMap((command): Found[] => {
		const words = argumentsOf(command);
		const [name] = words;
		const folder = folders.get(command);
		if (name === undefined || folder === undefined) return [];
		const texts = words.map(({ text, dynamic }) => (dynamic ? "$" : text));
		const task = folder.startsWith("$") || space.unknown ? undefined : missingTask(tree, folder, texts);
		if (task !== undefined && !mayExist(task.file, space, ""))
			return [
				{
					message: `${script.step.job.workflow.file.path} runs \`${texts.slice(0, 3).join(" ")}\`, and ${task.file} has no ${task.task}`,
					evidence: [script.place(name.start)],
					fix: { say: `write one that exists: ${task.known.slice(0, 8).join(", ")}` },
				},
			];
		const target = targetOf(texts);
		if (target === undefined || !/^[\w./-]+$/.test(target.path)) return [];
		const path = posix.join(folder, target.path);
		if (tree.has(path) || mayExist(path, space, script.text.slice(0, name.start)) || isTested(script.text, target.path))
			return [];
		return [foundFor(path, target.as, script.place(name.start), tree)];
	});
}

/** `[ -f x ] && x`: the script knows that it may be absent. */
const isTested = (text: string, path: string): boolean =>
	text.split("\n").some((line) => /\[|\btest\b|\bif\b/.test(line) && /\s-[efsxrd]\s/.test(line) && line.includes(path));

function inPowershell(step: Step, space: Workspace, tree: Tree): Found[] {
	const text = step.run?.text ?? "";
	if (step.run === undefined || /\b(?:cd|Set-Location|Push-Location|chdir)\b/i.test(text)) return [];
	return calledByPowershell(step).flatMap(({ path: called, place }) => {
		const path = posix.join(folderOf(step), called);
		const above = text.slice(0, Math.max(text.indexOf(place.text.trim()), 0));
		return tree.has(path) || mayExist(path, space, above) ? [] : [foundFor(path, "the script", place, tree)];
	});
}
