import { placeIn } from "../facts/found.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { stepsOf } from "../workflows/model.ts";

export default {
	code: "TS457",
	scope: "static",
	severity: "error",
	question: "Does a folder, a variable or an environment that a line sets reach the lines that need it?",
	why: "Each line of a recipe, each RUN and each step has a shell of its own: what the one before it changed is gone.",
	example: "`cd cli` on a line of its own in a Makefile, `npm install` on the next: write `cd cli && npm install`.",
	run(tree) {
		const makefiles = tree.files.filter(
			({ path, text }) =>
				/(?:^|\/)(?:GNU)?[Mm]akefile$|\.mk$/.test(path) &&
				standingOf(path) === "live" &&
				!isAside(path) &&
				!/^\.ONESHELL\s*:/m.test(text),
		);
		const findings = [...makefiles.flatMap(inMakefile), ...inImages(tree), ...inSteps(tree)];
		return { looked: `${makefiles.length} Makefiles`, findings };
	},
} satisfies StaticCheck;

interface Change {
	what: string;
	/** What may follow on the same line, so that it is kept. */
	say: string;
}

/** A command that does nothing but change its own shell. */
function changeOf(command: string): Change | undefined {
	const text = command
		.trim()
		.replace(/[;]\s*$/, "")
		.replace(/\s+#.*$/, "");
	const folder = /^(?:cd|pushd)\s+("[^"]+"|'[^']+'|[^\s;&|]+)$/.exec(text)?.[1];
	if (folder !== undefined) return { what: `the folder ${folder}`, say: `${text} && ` };
	const name = /^export\s+([A-Za-z_]\w*)=(?:"[^"]*"|'[^']*'|[^\s;&|]*)$/.exec(text)?.[1];
	if (name !== undefined) return { what: `the variable ${name}`, say: `${text}; ` };
	const sourced = /^(?:source|\.)\s+(\S*(?:activate|\.env)\S*)$/.exec(text)?.[1];
	return sourced === undefined ? undefined : { what: `the environment of ${sourced}`, say: `. ${sourced} && ` };
}

/** Whether a later command may need what was changed: another folder for all that names no path from the root. */
const needs = ({ what }: Change, command: string): boolean =>
	what.startsWith("the variable ")
		? new RegExp(`\\$\\$?[{(]?${what.slice("the variable ".length)}\\b`).test(command)
		: !/^\s*[@-]*\s*(?:echo|printf|true|:|#|exit|cd)\b/.test(command) && command.trim() !== "";

/** A recipe: the lines with a tab below a target, joined where they end with a backslash. */
function inMakefile(file: SourceFile): Found[] {
	const recipes: { text: string; line: number }[][] = [];
	let open: { text: string; line: number }[] | undefined;
	let joined = false;
	for (const [index, text] of file.lines.entries()) {
		if (text.startsWith("\t") && open) {
			if (joined) open.at(-1)!.text += `\n${text}`;
			else open.push({ text: text.slice(1).replace(/^[@+-]+\s*/, ""), line: index + 1 });
			joined = text.endsWith("\\");
		} else if (!/^\s*(?:#|$)/.test(text)) {
			joined = false;
			open = /^[^\s=:?+]+(?:\s+[^\s=:?+]+)*\s*::?(?!=)/.test(text) && !/;\s*\S/.test(text) ? [] : undefined;
			if (open) recipes.push(open);
		}
	}
	return recipes.flatMap((lines) =>
		lines.flatMap(({ text, line }, at): Found[] => {
			const change = changeOf(text);
			const later = lines.slice(at + 1).find((one) => change !== undefined && needs(change, one.text));
			return change === undefined || later === undefined
				? []
				: [foundFor(file, line, later.line, change, "line of the recipe", later.text)];
		}),
	);
}

const foundFor = (
	file: SourceFile,
	line: number,
	later: number,
	change: Change,
	where: string,
	next: string,
): Found => ({
	message: `${change.what} is set in ${file.path} by a ${where} of its own, and is gone at the next`,
	evidence: [placeIn(file, line), placeIn(file, later)],
	fix: { say: `write ${change.say}${next.trim().split("\n")[0]!.slice(0, 60)}` },
});

/** A RUN that does nothing else; WORKDIR, ENV and SHELL stay. */
const inImages = (tree: Tree): Found[] =>
	dockerfilesOf(tree).flatMap(({ file, stages }) =>
		stages.flatMap(({ steps }) =>
			steps.flatMap((step, at): Found[] => {
				const change = step.keyword === "RUN" && !step.rest.startsWith("[") ? changeOf(step.rest) : undefined;
				if (change === undefined || standingOf(file.path) !== "live") return [];
				const rest = steps.slice(at + 1).filter(({ keyword }) => /^(?:RUN|CMD|ENTRYPOINT|WORKDIR)$/.test(keyword));
				const moved = rest.findIndex(({ keyword }) => keyword === "WORKDIR");
				const reached = moved === -1 || !change.what.startsWith("the folder") ? rest : rest.slice(0, moved);
				const later = reached.find(({ keyword, rest: text }) => keyword !== "WORKDIR" && needs(change, text));
				const found =
					later && foundFor(file, file.lineAt(step.start), file.lineAt(later.start), change, "RUN", later.rest);
				return found
					? [
							change.what.startsWith("the folder")
								? { ...found, fix: { say: `write WORKDIR ${change.what.slice("the folder ".length)}` } }
								: found,
						]
					: [];
			}),
		),
	);

/** A step whose script only changes its shell. */
const inSteps = (tree: Tree): Found[] =>
	stepsOf(tree).flatMap(({ run }): Found[] => {
		const lines = (run?.text ?? "").split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
		const changes = lines.flatMap((line) => changeOf(line) ?? []);
		if (run === undefined || lines.length === 0 || changes.length !== lines.length) return [];
		const [first] = changes;
		const variable = first!.what.startsWith("the variable ");
		return [
			{
				message: `a step of ${run.file.path} only sets ${first!.what}, which is gone at the next step`,
				evidence: [run.placeIn(0)],
				fix: {
					say: variable
						? `write echo "NAME=value" >> "$GITHUB_ENV"`
						: first!.what.startsWith("the folder")
							? `write working-directory where it is needed`
							: `do it in each step that needs it`,
				},
			},
		];
	});
