import { parseShell } from "../shell/lexer.ts";
import type { Command } from "../shell/script.ts";
import { recipesIn } from "../shell/recipes.ts";
import { dockerfilesOf, execForm, masked } from "../dockerfile/model.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { readableOf, type Step } from "../workflows/model.ts";
import { scriptOf } from "../workflows/script.ts";

export default {
	code: "TS119",
	scope: "static",
	severity: "error",
	question: "Is every change of folder and every variable made in the shell that needs it?",
	why: "Each line of a recipe, each RUN and each step has a shell of its own: a `cd` or `export` that stands alone is forgotten before the next one runs.",
	example: "`cd web` and `npm ci` on two lines of a Makefile's recipe: write `cd web && npm ci`.",
	run(tree) {
		const files = tree.files.filter(({ path }) => !isAside(path));
		const parts = [
			...files.flatMap(recipes),
			...files.filter(({ path }) => /(?:^|\/)[Tt]askfile(?:\.dist)?\.ya?ml$/.test(path)).flatMap(tasks),
			...dockerfilesOf(tree).flatMap((model) => model.stages.map((stage) => runs(model.file, stage.steps))),
			...readableOf(tree).flatMap(({ jobs }) => jobs.map(({ steps }) => stepsIn(steps))),
		];
		return { looked: `${parts.length} recipes, stages and jobs`, findings: parts.flatMap((all) => inParts(all)) };
	},
} satisfies StaticCheck;

/** What one shell runs; the next of the list has another. */
interface Part {
	text: string;
	commands: readonly Command[];
	place: FilePlace;
	what: "recipe" | "RUN" | "step" | "task";
}

const partOf = (text: string, place: FilePlace, what: Part["what"]): Part => ({
	...{ text, place, what },
	commands: parseShell(text).commands.filter(({ nested, words }) => !nested && words.length > 0),
});

const recipes = (file: SourceFile): Part[][] =>
	recipesIn(file).map(({ lines }) => lines.map(({ text, line }) => partOf(text, file.place(line), "recipe")));

/** The list of `cmds` of a Taskfile, as far as it is plain text. */
function tasks(file: SourceFile): Part[][] {
	const groups: Part[][] = [];
	let indent: number | undefined;
	for (const [index, line] of file.lines.entries()) {
		if (/^\s*cmds:\s*$/.test(line)) {
			groups.push([]);
			indent = line.search(/\S/);
		} else if (indent !== undefined && line.trim() !== "" && line.search(/\S/) < indent) indent = undefined;
		const text = indent === undefined ? undefined : /^\s*-\s+(?!\w+:\s|[|>])(.+)$/.exec(line)?.[1];
		if (text !== undefined)
			groups.at(-1)!.push(partOf(text.replace(/^(["'])(.*)\1$/, "$2"), file.place(index + 1), "task"));
	}
	return groups;
}

const runs = (
	file: SourceFile,
	steps: Parameters<typeof masked>[0] extends infer S ? readonly (S & { keyword: string; start: number })[] : never,
): Part[] =>
	steps
		.filter((step) => step.keyword === "RUN" && execForm(step) === undefined)
		.map((step) => partOf(masked(step), file.placeAt(step.start), "RUN"));

const stepsIn = (steps: readonly Step[]): Part[] =>
	steps.flatMap((step) => {
		const script = step.run === undefined ? undefined : scriptOf(step);
		return script === undefined
			? []
			: [
					{
						...{ text: script.text, place: step.run!.placeIn(0), what: "step" as const },
						commands: script.commands.filter(({ nested, words }) => !nested && words.length > 0),
					},
				];
	});

const CHANGES = /^(?:cd|pushd|popd|export|source|\.|alias|shopt|umask|ulimit)$/;
const ASSIGNS = /^([A-Za-z_]\w*)=/;

function inParts(parts: readonly Part[]): Found[] {
	return parts.flatMap((part, index): Found[] => {
		const rest = parts.slice(index + 1);
		if (rest.length === 0 || part.commands.length === 0 || !part.commands.every(isChange)) return [];
		const lost = part.commands.find((command) => isMissed(command, rest));
		const words = lost?.words
			.map(({ text }) => text)
			.join(" ")
			.slice(0, 60);
		if (lost === undefined || words === undefined) return [];
		const one = { recipe: "line of its recipe", RUN: "RUN", step: "step", task: "command of its task" }[part.what];
		return [
			{
				message: `${part.place.path}: \`${words}\` has no effect on the next ${one}, which has a shell of its own`,
				evidence: [part.place, rest[0]!.place],
				fix: { say: fixOf(part, lost) },
			},
		];
	});
}

const isChange = ({ words: [first] }: Command): boolean => CHANGES.test(first!.text) || ASSIGNS.test(first!.text);

/** Whether something behind it counts on the change. */
function isMissed({ words }: Command, rest: readonly Part[]): boolean {
	const [first, second] = words.map(({ text }) => text);
	if (/^(?:cd|pushd)$/.test(first!)) return second !== undefined && second !== "." && !rest.every(goesItself);
	if (/^(?:source|\.)$/.test(first!))
		return (
			/(?:^|\/)(?:activate|\.?env(?:\.[\w-]+)?|[\w.-]*env\.sh|setenv[\w.]*|nvm\.sh|conda\.sh)$/.test(second ?? "") &&
			!rest.every(goesItself)
		);
	const names = words.flatMap(({ text }) => ASSIGNS.exec(text)?.[1] ?? []);
	return names.some((name) => rest.some(({ text }) => reads(text, name)));
}

/** It goes to its own folder, or names everything from the root. */
const goesItself = ({ commands, text }: Part): boolean =>
	/^(?:cd|pushd|source|\.)$/.test(commands[0]?.words[0]?.text ?? "") || /^\s*(?:echo|printf|true)\b[^\n]*$/.test(text);

const reads = (text: string, name: string): boolean =>
	new RegExp(`\\$\\{?${name}\\b`).test(text) && !new RegExp(`(?:^|[\\s;&|])${name}=`, "m").test(text);

function fixOf({ what }: Part, { words: [first] }: Command): string {
	if (/^(?:cd|pushd)$/.test(first!.text) && what === "RUN") return "write WORKDIR, or join the commands with &&";
	if (/^(?:cd|pushd)$/.test(first!.text) && what === "step")
		return "give the steps that need it `working-directory`, or put the commands into one step";
	if (what === "step")
		return 'write "NAME=value" into "$GITHUB_ENV" (a folder of programs into "$GITHUB_PATH"), or put the commands into one step';
	if (what === "RUN") return "write ENV NAME=value, or join the commands with &&";
	return "join it with what needs it: `&& \\` at its end";
}
