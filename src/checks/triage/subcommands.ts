import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment, kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS442",
	scope: "static",
	severity: "error",
	question: "Has a program of the tree every subcommand with which documents and scripts start it?",
	why: "The program ends with `invalid choice`: a document misleads, a script or a timer never does its work.",
	example: "`python manage.py gen-conf`, and the program adds the parser `gen-nginx`; write that.",
	run(tree) {
		const programs = tree.in("python", "javascript").flatMap((file) => programIn(tree, file));
		const files = programs.length === 0 ? [] : tree.files.filter(mayStart);
		return {
			looked: `${programs.length} programs with subcommands`,
			findings: programs.flatMap((one) => files.flatMap((file) => inFile(file, one))),
		};
	},
} satisfies StaticCheck;

interface Program {
	file: SourceFile;
	/** What a command line calls it, as a pattern that ends before the subcommand. */
	called: RegExp;
	commands: readonly string[];
	/** Of the first place that defines one. */
	line: number;
}

/** Scripts with subparsers of argparse, commands of click and typer, of commander and yargs: all written in one file. */
function programIn(tree: Tree, file: SourceFile): Program[] {
	const { path, text, language } = file;
	if (standingOf(path) !== "live" || isAside(path) || isTest(path) || text.length > 400_000) return [];
	const found = language === "python" ? pythonCommands(text) : scriptCommands(text);
	if (found === undefined || found.names.length < 2) return [];
	const names = language === "python" ? pythonNames(tree, file) : scriptNames(tree, file);
	if (names.length === 0) return [];
	return [
		{
			file,
			called: new RegExp(
				`(?<![\\w./\\\\-])(?:${names.join("|")})["']?[ \\t]+["']?(?![-<\\[{$%.'"])([a-z][\\w:-]*)(?=["'\\s\`;|&)]|$)`,
				"gm",
			),
			commands: found.names,
			line: file.lineAt(found.at),
		},
	];
}

interface Commands {
	names: string[];
	at: number;
}

function pythonCommands(text: string): Commands | undefined {
	if (/\.add_parser\(/.test(text)) {
		// What is computed may be any word; one that comes from a list of the file has its words there.
		const listed = [...text.matchAll(/\bfor\s+\w+(?:\s*,\s*\w+)*\s+in\s+[([{]([^)\]}]*)[)\]}]/g)].flatMap(
			([, inside]) => [...inside!.matchAll(/["']([a-z][\w-]*)["']/g)].map(([, one]) => one!),
		);
		const calls = [...text.matchAll(/\.add_parser\(\s*(?:["']([\w:-]+)["']|(\w+))/g)];
		const aliases = [...text.matchAll(/\baliases\s*=\s*[[(]([^\])]*)/g)].flatMap(([, inside]) =>
			[...inside!.matchAll(/["']([\w-]+)["']/g)].map(([, one]) => one!),
		);
		if (calls.some(([, literal]) => literal === undefined) && listed.length === 0) return undefined;
		if ((text.match(/add_subparsers\(/g)?.length ?? 0) !== 1) return undefined;
		return { names: [...calls.flatMap(([, one]) => one ?? []), ...listed, ...aliases], at: calls[0]!.index };
	}
	const decorated = [
		...text.matchAll(
			/^@(\w+)\.command\(\s*(?:(?:name\s*=\s*)?["']([\w-]+)["'])?[^\n]*\n(?:@[^\n]*\n)*(?:async )?def (\w+)/gm,
		),
	];
	const groups = new Set(decorated.map(([, group]) => group));
	if (
		decorated.length === 0 ||
		groups.size > 1 ||
		/add_typer|add_command|\.group\(\)[^]*\.group\(\)|cls\s*=/.test(text)
	)
		return undefined;
	return {
		names: decorated.map(([, , named, called]) => named ?? called!.replaceAll("_", "-")),
		at: decorated[0]!.index,
	};
}

function scriptCommands(text: string): Commands | undefined {
	const calls = [...text.matchAll(/\.command\(\s*["'`]([a-z][\w-]*)[^"'`]*["'`]/g)];
	if (calls.length === 0 || !/\b(?:commander|yargs|cac|sade)\b/.test(text)) return undefined;
	if (/addCommand\(|commandDir\(|\.command\(\s*(?!["'`])\S|\.command\(\w|import\([^"']/.test(text)) return undefined;
	const aliases = [...text.matchAll(/\.alias(?:es)?\(\s*\[?([^)\]]*)/g)].flatMap(([, inside]) =>
		[...inside!.matchAll(/["'`]([\w-]+)["'`]/g)].map(([, one]) => one!),
	);
	return { names: [...calls.map(([, one]) => one!), ...aliases, "help"], at: calls[0]!.index };
}

const pathPattern = (path: string): string =>
	path
		.split("/")
		.map((part) => RegExp.escape(part))
		.join("[\\\\/]");

/** `python backend\manager.py`, `python -m backend.manager`, and a script that pyproject.toml makes of it. */
function pythonNames(tree: Tree, { path }: SourceFile): string[] {
	const module = path
		.replace(/\.py$/, "")
		.replace(/^src\//, "")
		.replace(/\/__main__$/, "")
		.replaceAll("/", ".");
	const python = "(?:[\\w.$}{~:-]*[\\\\/])*(?:python[\\d.]*|py)(?:\\.exe)?|uv run|poetry run";
	const made = tree.files
		.filter((one) => one.path.endsWith("pyproject.toml"))
		.flatMap(({ text }) =>
			[...text.matchAll(/^([\w-]+)\s*=\s*["']([\w.]+):\w+["']/gm)].flatMap(([, name, target]) =>
				target === module ? [RegExp.escape(name!)] : [],
			),
		);
	const shown = path.includes("/") ? [pathPattern(path), pathPattern(posix.basename(path))] : [pathPattern(path)];
	const unique = tree.paths.filter((one) => posix.basename(one) === posix.basename(path)).length === 1;
	return [
		`(?:${python})[ \\t]+(?:-[uB][ \\t]+)?(?:\\.[\\\\/])?(?:${(unique ? shown : shown.slice(0, 1)).join("|")})`,
		`(?:${python})[ \\t]+-m[ \\t]+${RegExp.escape(module)}`,
		...made,
	];
}

/** The names of `bin` of the package that holds the file. */
function scriptNames(tree: Tree, { path }: SourceFile): string[] {
	const folder = tree.files
		.filter(
			(one) => /(?:^|\/)package\.json$/.test(one.path) && path.startsWith(one.path.slice(0, -"package.json".length)),
		)
		.toSorted((a, b) => b.path.length - a.path.length)[0];
	if (!folder) return [];
	const bin = /"bin"\s*:\s*(?:\{([^}]*)\}|"[^"]+")/.exec(folder.text);
	const name = /"name"\s*:\s*"(?:@[^"/]+\/)?([^"]+)"/.exec(folder.text)?.[1];
	const names =
		bin?.[1] === undefined
			? bin && name
				? [name]
				: []
			: [...bin[1].matchAll(/"([\w-]+)"\s*:/g)].map(([, one]) => one!);
	return names.length === 1 ? [`(?:npx |pnpm (?:exec )?|yarn )${RegExp.escape(names[0]!)}`] : [];
}

const mayStart = ({ path, language, text }: SourceFile): boolean =>
	(/^(?:shell|dockerfile|yaml|powershell|batch|ini|markdown|python)$/.test(language) ||
		/(?:^|\/)(?:Makefile|justfile|package\.json|Procfile|crontab)$|\.mk$/.test(path)) &&
	text.length < 400_000 &&
	/^(?:live|docs)$/.test(standingOf(path)) &&
	!isAside(path) &&
	!isTest(path);

function inFile(file: SourceFile, { called, commands, file: program, line: defined }: Program): Found[] {
	const base = posix.basename(program.path).replace(/\.\w+$/, "");
	if (!file.text.includes(base) && !/npx|pnpm|yarn|-m\s/.test(file.text) && program.language === "python") return [];
	const seen = new Set<string>();
	return [...file.text.matchAll(called)].flatMap(({ 0: all, 1: command, index }): Found[] => {
		const at = index + all.length - 1;
		const shown = file.language === "markdown" || file.language === "python";
		if (commands.includes(command!) || seen.has(command!) || (!shown && isComment(file, at))) return [];
		// A word of a sentence.
		if (shown && !isCommand(file, index)) return [];
		seen.add(command!);
		const line = file.lineAt(at);
		const meant =
			nearest(command!, commands) ?? commands.find((one) => command!.startsWith(one) || one.startsWith(command!));
		return [
			{
				message: `${file.path} starts ${program.path} with the subcommand ${command!}, which it does not have`,
				evidence: [placeIn(file, line), placeIn(program, defined)],
				fix:
					meant === undefined
						? { say: `write one that it has: ${commands.slice(0, 8).join(", ")}` }
						: { say: `write ${meant}`, ...editOf(file, line, command!, meant) },
				severity: shown ? "warning" : "error",
			},
		];
	});
}

/** It begins its line in a block of code, or stands behind a prompt, a backtick or a variable. */
const isCommand = (file: SourceFile, index: number): boolean => {
	const before = file.text.slice(file.text.lastIndexOf("\n", index - 1) + 1, index);
	const begins =
		file.language === "markdown" ? /^\s*$/.test(before) && kindAt(file, index) === "code" : /^\s{4,}$/.test(before);
	return begins || /(?:[`$>]\s*|&&\s*|;\s*|\w+=\S+\s+)$/.test(before);
};
