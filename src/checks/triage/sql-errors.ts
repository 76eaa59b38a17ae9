import { posix } from "node:path";
import { plainCommands, shellTexts, stopsAt, type ShellText } from "../shell/everywhere.ts";
import { argumentsOf } from "../workflows/script.ts";
import { isAside } from "../tree/aside.ts";
import { isComment } from "../tree/tokens.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { Command, Word } from "../shell/script.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS125",
	scope: "static",
	severity: "error",
	question: "Does a script of SQL stop at the first statement that fails, and say so?",
	why: "psql goes on after an error in a file and ends with 0: half a migration is applied, and the deploy is green.",
	example: "`psql -f migrations/002.sql` in a script with `set -e`: write `psql -v ON_ERROR_STOP=1 -f …`.",
	run(tree) {
		const texts = shellTexts(tree).filter(({ text }) => /\bpsql\b/.test(text));
		const windows = tree
			.in("powershell", "batch")
			.filter((file) => file.has(/\b(?:psql|sqlcmd)\b/i) && !isAside(file.path));
		return {
			looked: `${texts.length + windows.length} scripts with SQL`,
			findings: [...texts.flatMap((one) => inText(tree, one)), ...windows.flatMap(onWindows)],
		};
	},
} satisfies StaticCheck;

const STOPS = /ON_ERROR_STOP/;
const WRAPPERS = /^(?:docker|podman|kubectl|docker-compose|sudo|su|gosu|su-exec|ssh|heroku|fly|xargs)$/;

function inText(tree: Tree, script: ShellText): Found[] {
	if (STOPS.test(script.text) || /\bPSQLRC\b/.test(script.text)) return [];
	const commands = plainCommands(script);
	return commands.flatMap((command, index): Found[] => {
		const args = psqlArguments(command);
		const next = commands[index + 1];
		if (args === undefined || next?.before === "||" || isAllowed(script, command)) return [];
		const from = sourceOf(tree, command, args, commands[index - 1]);
		const at = command.words[0]!.start;
		const counts =
			stopsAt(script, at) ||
			script.kind !== "script" ||
			next?.before === "&&" ||
			MEANT.test(`${posix.basename(script.file.path)} ${from ?? ""}`);
		if (from === undefined || !counts) return [];
		return [
			{
				message: `${script.file.path} runs ${from} by psql without ON_ERROR_STOP: it goes on after an error, and ends with 0`,
				evidence: [script.place(at)],
				fix: { say: "write psql -v ON_ERROR_STOP=1 (and -1, to apply all of it or nothing)" },
			},
		];
	});
}

const MEANT = /migrat|schema|seed|init|setup|bootstrap|deploy|upgrade|restore/i;

/** Words behind psql, also in another container. */
function psqlArguments(command: Command): Word[] | undefined {
	const words = argumentsOf(command);
	const at = words.findIndex(({ text }) => /(?:^|\/)psql$/.test(text));
	return at === -1 || (at > 0 && !WRAPPERS.test(words[0]!.text)) ? undefined : words.slice(at + 1);
}

/** `if psql …`, `! psql …` */
const isAllowed = ({ text }: ShellText, { words, before }: Command): boolean =>
	before === "keyword" &&
	/(?:\b(?:if|while|until|elif)|!)[ \t]+$/.test(text.slice(Math.max(0, words[0]!.start - 12), words[0]!.start));

/** What the statements come from; undefined where it is one statement, or a terminal. */
function sourceOf(
	tree: Tree,
	{ reads, heredoc, before }: Command,
	args: readonly Word[],
	piped: Command | undefined,
): string | undefined {
	const texts = args.map(({ text }) => text);
	const at = texts.findIndex((text) => /^(?:-\w*f|--file)$/.test(text));
	const file =
		at === -1
			? texts.map((text) => /^(?:--file=|-f)(.+)$/.exec(text)?.[1]).find((one) => one !== undefined)
			: texts[at + 1];
	const read = file ?? reads[0]?.text;
	if (read !== undefined)
		return tree.files.some(
			(file) =>
				file.path.endsWith(read.replace(/^.*\$\{?\w+\}?\//, "").replace(/^(?:\.{0,2}\/)+/, "")) && file.has(STOPS),
		)
			? undefined
			: read;
	if (heredoc !== undefined)
		return (heredoc.text.match(/;/g)?.length ?? 0) > 1 && !texts.some((text) => /^(?:-\w*c|--command)/.test(text))
			? "the statements of a here-document"
			: undefined;
	const cat = piped?.words.map(({ text }) => text);
	return before === "|" &&
		/^(?:cat|zcat|gunzip|gzip|envsubst)$/.test(cat?.[0] ?? "") &&
		!texts.some((text) => /^(?:-\w*c|--command)/.test(text))
		? (cat?.find((text) => /\.sql/.test(text)) ?? "what is piped to it")
		: undefined;
}

const PSQL =
	/^[^#\n]*?(?:&[ \t]*)?["']?(?:[\w:$\\/. -]*[\\/])?psql(?:\.exe)?["']?[ \t][^\n]*(?:-f|--file)[ \t=][^\n]*$/gim;
const SQLCMD = /^[^#\n]*?\bsqlcmd(?:\.exe)?["']?[ \t][^\n]*[ \t]-i[ \t]*[^\n]*$/gim;

const onWindows = (file: SourceFile): Found[] => [
	...(file.has(STOPS) || file.has(/PSQLRC/)
		? []
		: file
				.matches(PSQL)
				.flatMap((match) =>
					foundAt(
						file,
						match.index + match[0].search(/\S/),
						"psql without ON_ERROR_STOP",
						"write psql -v ON_ERROR_STOP=1",
					),
				)),
	// sqlcmd takes -b in small letters alone for it.
	...file
		.matches(SQLCMD)
		.flatMap((match) =>
			/[ \t]-\w*b\b/.test(match[0])
				? []
				: foundAt(file, match.index + match[0].search(/\S/), "sqlcmd without -b", "write sqlcmd -b"),
		),
];

const foundAt = (file: SourceFile, at: number, what: string, say: string): Found[] =>
	isComment(file, at) || /^\s*(?:rem|::)/i.test(file.text.slice(at, at + 5))
		? []
		: [
				{
					message: `${file.path} runs a file of SQL by ${what}: it says success also after an error`,
					evidence: [file.placeAt(at)],
					fix: { say },
				},
			];
