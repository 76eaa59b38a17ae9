import { envOf } from "../facts/env.ts";
import { editOf, placeIn } from "../facts/found.ts";
import { isEnvExample, standingOf } from "../facts/standing.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { isComment } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS447",
	scope: "static",
	severity: "error",
	question: "Are lists of the environment joined by the sign at which their reader splits them?",
	why: "A list joined by another sign is one odd word for its reader: an unknown module, a host that nobody has.",
	example: '`env["MODULES"] = ";".join(…)`, and the reader has `.split(",")`; join by a comma.',
	run(tree) {
		const files = tree.files.filter(
			({ path, language, text }) =>
				/^(?:python|javascript|powershell|shell)$/.test(language) &&
				standingOf(path) === "live" &&
				!isAside(path) &&
				text.length < 300_000,
		);
		const lists = files.flatMap(listsIn);
		const written = lists.length === 0 ? [] : files.flatMap(joinsIn);
		return {
			looked: `${lists.length} lists of the environment`,
			findings: once(lists.flatMap((one) => [...joined(one, written, lists), ...listed(tree, one, lists)])),
		};
	},
} satisfies StaticCheck;

const once = (all: readonly Found[]): Found[] => [...new Map(all.map((one) => [one.message, one])).values()];

interface Said {
	name: string;
	/** A sign of a list. */
	sign: string;
	file: SourceFile;
	line: number;
}

const NAME = "([A-Z][A-Z0-9_]{2,})";
const READ = new RegExp(
	String.raw`(?:(\w+)\s*(?::[^=\n]+)?=\s*)?[^\n=]*?(?:environ(?:\.get\(\s*|\[)|getenv\(\s*|process\.env(?:\.|\[)|\$env:|GetEnvironmentVariable\(\s*)["'\`]?${NAME}["'\`]?([^\n]*)`,
	"g",
);
const SPLIT = /(?:\.split\(\s*["'`]([,;|: ])["'`]|\.Split\(\s*["']([,;|:])["']|-split\s+["']\\?([,;|:])["'])/;

/** The matches of the lines that have a word: a pattern that looks far is not tried on others. */
const matchesIn = (
	file: SourceFile,
	word: RegExp,
	pattern: RegExp,
): { match: RegExpExecArray; line: number; at: number }[] =>
	file.lines.flatMap((text, index) =>
		text.length > 500 || !word.test(text)
			? []
			: [...text.matchAll(pattern)].map((match) => ({
					match,
					line: index + 1,
					at: file.startOf(index + 1) + match.index,
				})),
	);

/** `os.environ["X"].split(",")`, or of the variable that it is read into. */
function listsIn(file: SourceFile): Said[] {
	if (!file.has(/split/i) || !file.has(/env/i)) return [];
	const found = matchesIn(file, /environ|getenv|process\.env|\$env:|GetEnvironment/, READ).flatMap(
		({ match: [, variable, name, rest], line, at }): Said[] => {
			if (isComment(file, at)) return [];
			const direct = SPLIT.exec(rest!);
			const later =
				variable === undefined || direct
					? undefined
					: new RegExp(String.raw`(?<![\w.])\$?${variable}${SPLIT.source}`).exec(
							file.lines.slice(line, line + 6).join("\n"),
						);
			const match = direct ?? later;
			const sign = match?.[1] ?? match?.[2] ?? match?.[3];
			return sign === undefined || sign === " " || sign === ":" ? [] : [{ name: name!, sign, file, line }];
		},
	);
	return [...found, ...schemas(file)];
}

/** `X: z.string().transform((text) => text.split(","))`. */
const schemas = (file: SourceFile): Said[] =>
	file.language === "javascript" && file.has(/\bzod\b/)
		? file
				.matches(/\b([A-Z][A-Z0-9_]{2,})\s*:\s*z\b[^\n]*?\.split\(\s*["'`]([,;|])["'`]/g)
				.map(({ 1: name, 2: sign, index }) => ({
					name: name!,
					sign: sign!,
					file,
					line: file.lineAt(index),
				}))
		: [];

const JOINED = new RegExp(
	String.raw`(?:["'\`]?${NAME}["'\`]?\]?\s*[=:]\s*f?["'\`]([,;|:])["'\`]\.join\(|(?:["']${NAME}["']|(?<=\.)${NAME}|\b${NAME}|\$env:${NAME})\]?\s*[:=][^\n]*?(?:\.join\(\s*["'\`]([,;|:])["'\`]|-join\s+["']([,;|:])["']))`,
	"g",
);

const joinsIn = (file: SourceFile): Said[] =>
	file.has(/join/i)
		? matchesIn(file, /join/i, JOINED).flatMap(({ match: [, a, before, b, c, d, e, js, ps], line, at }): Said[] => {
				const [name, sign] = [a ?? b ?? c ?? d ?? e, before ?? js ?? ps];
				return name === undefined || sign === undefined || isComment(file, at) ? [] : [{ name, sign, file, line }];
			})
		: [];

const alone = ({ name }: Said, lists: readonly Said[]): boolean =>
	new Set(lists.filter((one) => one.name === name).map(({ sign }) => sign)).size === 1;

function joined(reader: Said, written: readonly Said[], lists: readonly Said[]): Found[] {
	return written.flatMap((one): Found[] =>
		one.name !== reader.name || one.sign === reader.sign || !alone(reader, lists)
			? []
			: [
					{
						message: `${one.file.path} joins ${one.name} by \`${one.sign}\`, and ${reader.file.path} splits it at \`${reader.sign}\``,
						evidence: [placeIn(one.file, one.line), placeIn(reader.file, reader.line)],
						fix: {
							say: `join it by \`${reader.sign}\``,
							...editOf(one.file, one.line, `"${one.sign}"`, `"${reader.sign}"`),
						},
					},
				],
	);
}

/** `X=a;b` for a reader that splits at a comma. */
function listed(tree: Tree, reader: Said, lists: readonly Said[]): Found[] {
	return envOf(tree).flatMap(({ name, value, comment, how, file, line }): Found[] => {
		const counts = standingOf(file.path) === "live" || isEnvExample(file.path);
		if (name !== reader.name || how !== "sets" || comment || !counts || !value || !alone(reader, lists)) return [];
		const words = /^[\w.@/-]+(?:([;,|])\s*[\w.@/-]+)(?:\1\s*[\w.@/-]+)*$/.exec(value);
		const sign = words?.[1] ?? (/^[\w.@-]+(?: [\w.@-]+)+$/.test(value) ? " " : undefined);
		if (sign === undefined || sign === reader.sign || value.includes(reader.sign)) return [];
		const right = value
			.split(sign)
			.map((one) => one.trim())
			.join(reader.sign);
		return [
			{
				message: `${file.path} separates ${name} by \`${sign}\`, and ${reader.file.path} splits it at \`${reader.sign}\``,
				evidence: [placeIn(file, line), placeIn(reader.file, reader.line)],
				fix: { say: `write ${name}=${right}`, ...editOf(file, line, value, right) },
			},
		];
	});
}
