import { posix } from "node:path";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { pathIn } from "../tree/path-in.ts";
import { buildsOf, type Build } from "./builds.ts";
import { filledBy } from "./matrix.ts";
import { workflowsOf, type Job, type Workflow } from "./model.ts";
import { filled } from "./tags.ts";

/** The workflow of the tree that a job calls. */
export const calledBy = (tree: Tree, { uses }: Job): Workflow | undefined =>
	uses?.text?.startsWith("./")
		? workflowsOf(tree).find(({ file, on }) => file.path === uses.text!.slice(2) && on.has("workflow_call"))
		: undefined;

/** A build with one combination of a matrix, and with the inputs of the caller. */
export interface FilledBuild extends Build {
	/** Images without their tags; `*` stands for what is not known. */
	images: readonly string[];
}

const INPUT = /\$\{\{\s*inputs\.([\w-]+)\s*\}\}/g;
const UNKNOWN = /\$\{\{(?!\s*matrix\.)[^}]*\}\}|\$\{?\w+\}?/g;
/** Stands for `*` while a text is filled, where `*` would be a pattern. */
const [SOME, BETWEEN] = ["\u0001", "\u0002"];

/** What a job builds itself or by the workflow that it calls: one for each combination of a matrix. */
export const allBuildsOf = (tree: Tree, job: Job): FilledBuild[] => {
	const called = calledBy(tree, job);
	return [
		...buildsOf(job).flatMap((one) => combinations(one, job, (text) => text)),
		...(called?.jobs ?? []).flatMap((inner) =>
			buildsOf(inner).flatMap((one) => combinations(one, job, (text) => given(text, job, called!))),
		),
	];
};

const given = (text: string, job: Job, { on }: Workflow): string =>
	text.replaceAll(
		INPUT,
		(_all, name: string) =>
			(job.part.get("with", name) ?? on.get("workflow_call")?.get("inputs", name, "default"))?.text ?? SOME,
	);

function combinations(build: Build, job: Job, asked: (text: string) => string): FilledBuild[] {
	const { written, tags, step } = build;
	const texts = [written?.context ?? "", written?.file ?? "", ...tags.map(({ text }) => filled(text, step))];
	const text = texts.map(asked).join(BETWEEN).replaceAll(UNKNOWN, SOME);
	const all = text.includes("${{") ? filledBy(job, text).map((one) => one.text) : [text];
	return all.map((one) => {
		const [context, file, ...named] = one.split(BETWEEN);
		const images = named.map((tag) => tag.replace(/(?::[^:/]*)?(?:@.*)?$/, "").replaceAll(SOME, "*"));
		return { ...build, images, ...(written && pathsOf(written.folder, context!, file!)) };
	});
}

function pathsOf(start: string, context: string, file: string): Pick<Build, "context" | "file"> {
	const from = (path: string): string | undefined => (path.includes(SOME) ? undefined : pathIn(start, path));
	const folder = from(context);
	const own = folder === undefined ? undefined : posix.join(folder, "Dockerfile");
	return { context: folder, file: file === "" ? own : from(file) };
}

/** Every build of the tree's workflows, those of called ones with what each caller gives. */
export const workflowBuilds = once((tree: Tree): readonly FilledBuild[] =>
	workflowsOf(tree).flatMap(({ jobs }) => jobs.flatMap((job) => allBuildsOf(tree, job))),
);
