import { posix } from "node:path";
import { nearest } from "../../system/nearest.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { installedName, runNames } from "../javascript/program-names.ts";
import { installedAs } from "../python/installed.ts";
import { pythonCommands, pythonTopics, scriptCommands } from "../facts/own-commands.ts";
import { addedCommands, filedCommands, isTopic, topicsOf } from "../facts/spread-commands.ts";
import { isShown, isTyped } from "../claims/typed-commands.ts";
import { standingOf } from "../facts/standing.ts";
import { isAside, isTest } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
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
		const programs = [
			...tree.in("python", "javascript").flatMap((file) => programIn(tree, file)),
			...tree.in("json").flatMap((file) => programsOfOclif(tree, file)),
		];
		const files = programs.length === 0 ? [] : tree.files.filter(mayStart);
		return {
			looked: `${programs.length} programs with subcommands`,
			findings: programs.flatMap((one) => files.flatMap((file) => inFile(file, one))),
		};
	},
} satisfies StaticCheck;

interface Program {
	file: SourceFile;
	/** What a command line calls it, as patterns that end before the subcommand. */
	names: readonly string[];
	/** One of these words stands in every file that calls it so. */
	words: readonly string[];
	/** The name that it is installed by, which may be a word of a sentence, too. */
	bare?: string;
	commands: readonly string[];
	/** Of the first place that defines one. */
	line: number;
}

/** Scripts with subparsers of argparse, commands of click and typer, of commander and yargs: all written in one file. */
function programIn(tree: Tree, file: SourceFile): Program[] {
	const { path, text, language } = file;
	if (standingOf(path) !== "live" || isAside(path) || isTest(path) || text.length > 400_000) return [];
	if (language === "javascript") return scriptPrograms(tree, file);
	const nested = pythonTopics(text);
	const found = nested?.root ?? pythonCommands(file);
	const names = found === undefined || found.names.length < 2 ? [] : pythonNames(tree, file);
	if (names.length === 0) return [];
	const words = [posix.basename(path).replace(/\.\w+$/, ""), ...installedAs(tree, path)];
	return [
		{ file, names, words, commands: found!.names, line: file.lineAt(found!.at) },
		...(nested?.topics ?? []).map(({ name, commands }) => ({
			...{ file, words, commands: commands.names, line: file.lineAt(commands.at) },
			names: names.map((one) => `(?:${one})["']?[ \\t]+${RegExp.escape(name)}`),
		})),
	];
}

/** A program of commander or yargs, and each of its commands that has commands of its own. */
function scriptPrograms(tree: Tree, file: SourceFile): Program[] {
	const found = scriptCommands(file) ?? addedCommands(tree, file);
	// One that another file adds is no program by itself.
	if (found === undefined || found.names.length < 2 || isTopic(file)) return [];
	const bare = installedName(tree, file);
	if (bare === undefined) return [];
	const runs = runNames(tree, file);
	const words = [bare, ...runs.map(({ script }) => script)];
	const names = [`(?:npx |pnpm (?:exec )?|yarn )?${RegExp.escape(bare)}`, ...runs.map(({ typed }) => typed)];
	const own: Program = { file, names, bare, words, commands: found.names, line: file.lineAt(found.at) };
	const topics = topicsOf(tree, file).map(({ file: by, name, commands }): Program => ({
		...{ file: by, bare, words, commands: commands.names, line: by.lineAt(commands.at) },
		names: names.map((one) => `(?:${one})[ \\t]+${RegExp.escape(name)}`),
	}));
	return [own, ...topics];
}

const calling = (names: readonly string[]): RegExp =>
	new RegExp(
		`(?<![\\w./\\\\-])(?:${names.join("|")})["']?[ \\t]+["']?(?![-<\\[{$%.'"])([a-z][\\w:-]*)(?=["'\\s\`;|&)]|$)`,
		"gm",
	);

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
	const python =
		"(?:[\\w.$}{~:-]*[\\\\/])*(?:python[\\d.]*|py)(?:\\.exe)?|\\$[({]?(?:PYTHON|PY)\\d?[)}]?|uv run|poetry run";
	const made = installedAs(tree, path).map((name) => RegExp.escape(name));
	const shown = path.includes("/") ? [pathPattern(path), pathPattern(posix.basename(path))] : [pathPattern(path)];
	const unique = tree.paths.filter((one) => posix.basename(one) === posix.basename(path)).length === 1;
	return [
		`(?:${python})[ \\t]+(?:-[uB][ \\t]+)?(?:\\.[\\\\/])?(?:${(unique ? shown : shown.slice(0, 1)).join("|")})`,
		`(?:${python})[ \\t]+-m[ \\t]+${RegExp.escape(module)}`,
		...made,
	];
}

/** With spaces between the words of a command, as they are typed. */
const programsOfOclif = (tree: Tree, file: SourceFile): Program[] =>
	!/(?:^|\/)package\.json$/.test(file.path) || standingOf(file.path) !== "live" || isAside(file.path)
		? []
		: filedCommands(tree, file).map(({ typed, commands }) => ({
				...{ file, bare: typed, words: [typed], commands: commands.names, line: file.lineAt(commands.at) },
				names: [
					typed
						.split(" ")
						.map((word) => RegExp.escape(word))
						.join("[ \\t]+"),
				],
			}));

const mayStart = ({ path, language, text }: SourceFile): boolean =>
	(/^(?:shell|dockerfile|yaml|powershell|batch|ini|markdown|python)$/.test(language) ||
		/(?:^|\/)(?:Makefile|justfile|package\.json|Procfile|crontab)$|\.mk$/.test(path)) &&
	text.length < 400_000 &&
	/^(?:live|docs)$/.test(standingOf(path)) &&
	!isAside(path) &&
	!isTest(path);

/** Asked of each program. */
const startsModules = once((file: SourceFile): boolean => file.has(/-m\s/));

function inFile(file: SourceFile, { names, words, bare, commands, file: program, line: defined }: Program): Found[] {
	const isNamed = words.some((word) => file.text.includes(word));
	if (!isNamed && (bare !== undefined || !startsModules(file))) return [];
	const seen = new Set<string>();
	return [...file.text.matchAll(calling([...names, ...variablesOf(file, program)]))].flatMap(
		({ 0: all, 1: command, index }): Found[] => {
			const at = index + all.length - 1;
			const shown = file.language === "markdown" || file.language === "python";
			if (commands.includes(command!) || seen.has(command!) || (!shown && isComment(file, at))) return [];
			// A word of a sentence.
			if (shown && !isCommand(file, index)) return [];
			if (bare !== undefined && all.startsWith(bare) && !(shown ? isShown(file, index) : isTyped(file, index)))
				return [];
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
		},
	);
}

/** `$(MANAGER)`, where a Makefile or a script says once `MANAGER = python manager.py`. */
function variablesOf(file: SourceFile, { path }: SourceFile): string[] {
	if (file.language !== "shell" && !/(?:^|\/)Makefile$|\.mk$/.test(file.path)) return [];
	const value = `["']?(?:[^\\n#;|&]*[ \\t/])?${RegExp.escape(posix.basename(path))}["']?`;
	const holds = new RegExp(`^(?:export[ \\t]+|readonly[ \\t]+)?(\\w+)[ \\t]*[:?]?=[ \\t]*${value}[ \\t]*$`, "gm");
	return file
		.matches(holds)
		.flatMap(([, name]) =>
			(file.text.match(new RegExp(`^\\s*(?:export\\s+|readonly\\s+)?${name!}\\s*[:?+]?=`, "gm")) ?? []).length === 1
				? [`\\$[({]?${name!}[)}]?`]
				: [],
		);
}

/** It begins its line in a block of code, or stands behind a prompt, a backtick or a variable. */
const isCommand = (file: SourceFile, index: number): boolean => {
	const before = file.text.slice(file.text.lastIndexOf("\n", index - 1) + 1, index);
	const begins =
		file.language === "markdown" ? /^\s*$/.test(before) && kindAt(file, index) === "code" : /^\s{4,}$/.test(before);
	return begins || /(?:[`$>]\s*|&&\s*|;\s*|\w+=\S+\s+)$/.test(before);
};
