import { nearest } from "../../system/nearest.ts";
import { editAt, placeIn } from "../facts/found.ts";
import { standingOf } from "../facts/standing.ts";
import { crossedWords } from "../python/crossed-words.ts";
import { lacksOption, parserOf, programRun, unknownOption, type Parser, type ProgramRun } from "../python/parsers.ts";
import { programNames } from "../javascript/parsers.ts";
import { scriptRun, unknownTo, type ScriptRun } from "../javascript/program-runs.ts";
import { parseShell } from "../shell/lexer.ts";
import { shellTexts, type ShellText } from "../shell/everywhere.ts";
import { innerWords, startsOf, type Start } from "../shell/inner-commands.ts";
import type { Word } from "../shell/script.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { argumentsOf } from "../workflows/script.ts";

const NODE = /\bparseArgs\(|["']commander["']/;
const PYTHON = /python|\.py\b/;

export default {
	code: "TS477",
	scope: "static",
	severity: "error",
	question:
		"Is every option of a Python or Node program one that its parser has, where it is read and where it is given, and is none left out that it requires?",
	why: "The program stops: argparse with exit code 2, parseArgs and commander with an error for an option that they do not know, Python with an AttributeError for one that was never added.",
	example:
		'`open(args.out)` after `add_argument("--output")`; `python tools/export.py --from` and the option is --since.',
	run(tree) {
		const files = tree
			.in("python")
			.filter((file) => file.includes("add_argument(") && standingOf(file.path) !== "history");
		const parsers = new Map(
			files.flatMap((file) => {
				const one = parserOf(file);
				return one === undefined ? [] : [[file, one] as const];
			}),
		);
		const programs = tree.in("javascript").filter((file) => file.has(NODE) && standingOf(file.path) === "live");
		const findings = [
			...[...parsers].flatMap(([file, one]) => unread(file, one)),
			...(parsers.size === 0 ? [] : [...shellTexts(tree), ...startsOf(tree)])
				.filter(({ text }) => PYTHON.test(text))
				.flatMap((script) => given(tree, script)),
			...(programs.length > 0 ? runsOf(tree) : []),
		];
		return { looked: `${parsers.size + programs.length} programs with options`, findings };
	},
} satisfies StaticCheck;

/** `args.out` of what `parse_args` gave, in a file that has one parser. */
function unread(file: SourceFile, { fields }: Parser): Found[] {
	const { text } = file;
	const name = /\b(\w+)\s*(?::[^=\n]+)?=\s*[\w.()]*\.?parse_args\(/.exec(text)?.[1];
	if (name === undefined || (text.match(/\bparse_args\(/g)?.length ?? 0) !== 1) return [];
	const reported = new Set<string>();
	return [...text.matchAll(new RegExp(`(?<![\\w.])${name}\\.([A-Za-z_]\\w*)(\\s*=(?!=))?`, "g"))].flatMap(
		({ 1: field, 2: set, index }): Found[] => {
			if (set !== undefined) fields = new Set([...fields, field!]);
			// The name is that of a list or a table by then.
			const called = /^(?:append|extend|insert|pop|remove|index|count|sort|copy|get|items|keys|values|update)$/.test(
				field!,
			);
			if (
				(called && text[index + name.length + 1 + field!.length] === "(") ||
				fields.has(field!) ||
				reported.has(field!) ||
				kindAt(file, index) !== "code" ||
				isOther(file, name, index)
			)
				return [];
			reported.add(field!);
			const meant = nearest(field!, [...fields], 3);
			return [
				{
					message: `${file.path} reads ${name}.${field!}, and its parser has no such option`,
					evidence: [file.placeAt(index)],
					fix: {
						say: meant === undefined ? `add --${field!.replaceAll("_", "-")} to the parser` : `write ${name}.${meant}`,
						...(meant === undefined ? {} : editAt(file, index, `${name}.${field!}`, `${name}.${meant}`)),
					},
				},
			];
		},
	);
}

/** A parameter of the same name in another function is something else, unless it is the same by custom. */
const isOther = ({ text }: SourceFile, name: string, at: number): boolean =>
	name !== "args" && name !== "options" && new RegExp(`def\\s+\\w+\\([^)]*\\b${name}\\b`).test(text.slice(0, at));

/** Scripts, steps, recipes, lines of cron, supervisor and systemd, and starts of containers that run a program of the tree. */
const given = (tree: Tree, script: Start): Found[] =>
	standingOf(script.file.path) === "history"
		? []
		: script.commands.flatMap((command): Found[] => {
				const words = innerWords(command);
				const run = programRun(
					tree,
					script.file.path,
					words.map(({ text }) => text),
				);
				if (run === undefined) return [];
				const rest = words.slice(run.rest);
				const unknown = rest.flatMap((word): Found[] => {
					const option = unknownOption(run, word.text);
					return option === undefined ? [] : [foundFor(script, word.start, option, run)];
				});
				return [
					...(unknown.length > 0 ? unknown : lacking(script, rest, run, words[0]!.start)),
					...crossedWords(script, rest, run),
				];
			});

function lacking(script: Start, rest: readonly Word[], run: ProgramRun, at: number): Found[] {
	const name = script.open === true ? undefined : lacksOption(run, rest);
	if (name === undefined || standingOf(script.file.path) !== "live") return [];
	const { target } = run;
	return [
		{
			message: `${script.file.path} starts ${target.path} without ${name}, which it requires`,
			evidence: [script.place(at), placeIn(target, target.lineAt(target.text.indexOf(`"${name}"`)))],
			fix: { say: `give it ${name}` },
		},
	];
}

function foundFor({ file, place }: Start, at: number, option: string, { target, parser }: ProgramRun): Found {
	const meant = nearest(option, parser.options, 3);
	return {
		message: `${file.path} gives ${target.path} the option ${option}, which it does not take`,
		evidence: [place(at), placeIn(target, target.lineAt(target.text.indexOf("add_argument(")))],
		fix: {
			say: meant === undefined ? `write one of ${parser.options.slice(0, 6).join(", ")}` : `write ${meant}`,
		},
	};
}

/** The same for programs of Node, in documents as well. */
const runsOf = (tree: Tree): Found[] => {
	const names = [...programNames(tree).keys()];
	const sign = new RegExp(`\\b(?:node|bun|tsx|${names.map((name) => RegExp.escape(name)).join("|") || "ts-node"})\\s`);
	const scripts = shellTexts(tree).filter(({ text, file }) => sign.test(text) && standingOf(file.path) !== "history");
	return [...scripts, ...shownIn(tree, sign)].flatMap((script) =>
		script.commands.flatMap((command) => {
			const words = argumentsOf(command);
			const run = scriptRun(
				tree,
				script,
				words.map(({ text }) => text),
			);
			const end = words.findIndex(({ text }, at) => text === "--" && at >= (run?.rest ?? 0));
			return words.slice(run?.rest, end === -1 ? undefined : end).flatMap(({ text, start }) => {
				const option = run && unknownTo(run.parser, text);
				return option === undefined ? [] : [givenTo(script, start, option, run!)];
			});
		}),
	);
};

/** Lines of documents that show such a command. */
const shownIn = (tree: Tree, sign: RegExp): Pick<ShellText, "commands" | "file" | "place" | "text">[] =>
	tree
		.in("markdown")
		.filter(({ path, text }) => standingOf(path) === "docs" && sign.test(text))
		.flatMap((file) =>
			file.lines.flatMap((line, at) => {
				if (!sign.test(line) || kindAt(file, file.startOf(at + 1) + line.length - 1) !== "code") return [];
				const text = line.trim().replace(/^\$ /, "");
				return [{ file, text, commands: parseShell(text).commands, place: () => placeIn(file, at + 1) }];
			}),
		);

function givenTo(
	script: Pick<ShellText, "file" | "place">,
	at: number,
	option: string,
	{ target, parser }: ScriptRun,
): Found {
	const long = parser.options.filter((one) => one.startsWith("--"));
	const meant = long.find((one) => one.startsWith(option)) ?? nearest(option, long, 3);
	return {
		message: `${script.file.path} gives ${target.path} the option ${option}, which it does not take`,
		evidence: [script.place(at), placeIn(parser.file, parser.file.lineAt(parser.at))],
		fix: { say: meant === undefined ? `write one of ${long.slice(0, 6).join(", ")}` : `write ${meant}` },
	};
}
