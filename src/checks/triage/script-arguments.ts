import { posix } from "node:path";
import { scriptCalls, type ScriptCall } from "../shell/script-calls.ts";
import type { Word } from "../shell/script.ts";
import { swappedIn } from "../shell/swapped-words.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Found, StaticCheck } from "../triage-check.ts";

export default {
	code: "TS121",
	scope: "static",
	severity: "error",
	question: "Does every start of a shell script give it the arguments that it wants, in their order?",
	why: "The script ends with its usage, or takes one argument for another: it waits for a port that is no port.",
	example: "`wait-for.sh db:5432 60` and the script wants HOST PORT [SECONDS]: write `wait-for.sh db 5432 60`.",
	run(tree) {
		const known = new Map<SourceFile, Wanted>();
		const calls = scriptCalls(tree);
		const findings = calls.flatMap((call) => {
			const wanted = known.get(call.callee) ?? wantedOf(call.callee);
			known.set(call.callee, wanted);
			return wanted.names.length === 0 && wanted.least === 0 ? [] : inCall(call, wanted);
		});
		return { looked: `${calls.length} starts of shell scripts`, findings };
	},
} satisfies StaticCheck;

/** The arguments of a script by their place. */
interface Wanted {
	names: readonly (string | undefined)[];
	least: number;
	/** Infinity where it takes any. */
	most: number;
	at: number;
}

const USAGE =
	/\busage:?[ \t]+(?:[A-Z_]+=\S+[ \t]+)*(?:(?:bash|sh)[ \t]+)?(?:\$0|\$\(basename[^)]*\)+|\$\{0##\*\/\}|[\w./-]*SCRIPT\b)["']?((?:[ \t]+[^\s"'#]+)*)/i;

function wantedOf(file: SourceFile): Wanted {
	const { text } = file;
	const own = new RegExp(
		USAGE.source.replace("[\\w./-]*SCRIPT\\b", `[\\w./-]*${RegExp.escape(posix.basename(file.path))}`),
		"i",
	);
	const usage = own.exec(text);
	const code = unconditional(withoutFunctions(text.replaceAll(/(?<=^|\s)#[^\n!]*/g, "")));
	// With options, places cannot be counted.
	if (/\bgetopts?\b|^[ \t]*\(?["']?--?[a-z][\w-]*["']?[ \t]*(?:\||\))/m.test(code))
		return { names: [], least: 0, most: Infinity, at: 0 };
	const told = (usage?.[1] ?? "")
		.trim()
		.split(/\s+/)
		.filter((one) => /^[[<]?[A-Za-z][\w:-]*(?:\.\.\.)?[\]>]?\.{0,3}$/.test(one));
	const names = Array.from({ length: 9 }, (_, index) => namedIn(code, index + 1) ?? placeholder(told[index]));
	const least = leastOf(code);
	const at = usage?.index ?? text.search(/\$#|\$\{1:\?|=["']?\$\{?1\b/);
	return { names, least, most: mostOf(code), at: Math.max(at, 0) };
}

/** What a function counts are its own arguments. */
const withoutFunctions = (code: string): string =>
	code
		.replaceAll(/^(?:function[ \t]+)?[\w-]+[ \t]*(?:\(\))?[ \t]*\{[ \t]*\n[^]*?^\}/gm, "")
		.replaceAll(/^[\w-]+[ \t]*\(\)[ \t]*\{[^\n]*\}[ \t]*$/gm, "");

/** Without the counts that hold for some arguments alone: in a branch, beside another test. */
const unconditional = (code: string): string =>
	code.replaceAll(
		/^(?=[^\n]*\$\{?#)(?:[ \t]|elif\b|[^\n]*\][ \t]*(?:&&|\|\|)[ \t]*!?[ \t]*\[|\w*[ \t]*\[\[[^\n\]]*(?:&&|\|\|))[^\n]*$/gm,
		"",
	);

/** `port="$2"`, `port=${2:-80}`, outside of functions. */
function namedIn(code: string, place: number): string | undefined {
	const found = new RegExp(
		`^(?:readonly[ \\t]+|export[ \\t]+)?(?:[A-Za-z_]\\w*=(?:"[^"\\n]*"|[^\\s"']*)[ \\t]+)*([A-Za-z_]\\w*)=["']?\\$(?:${place}(?!\\d)|\\{${place}[:}?-])`,
		"m",
	).exec(code);
	return found?.[1]?.toLowerCase();
}

const placeholder = (token: string | undefined): string | undefined =>
	token === undefined || (token.includes(":") && !/^[[<]?(?:\w+_)?host:(?:\w+_)?port[\]>]?$/i.test(token))
		? undefined
		: token.replaceAll(/[[\]<>.]/g, "").toLowerCase();

/** How many the script insists on before it does anything. */
function leastOf(code: string): number {
	const [, less] =
		/\$\{?#\}?["']?[ \t]+-lt[ \t]+(\d+)/.exec(code) ?? /\(\([ \t]*\$?\{?#\}?[ \t]*<[ \t]*(\d+)/.exec(code) ?? [];
	const exact = exactly(code);
	const empty = /\$\{?#\}?["']?[ \t]+(?:-eq[ \t]+0|-lt[ \t]+1)|\(\([ \t]*\$#[ \t]*==?[ \t]*0/.test(code) ? 1 : 0;
	const demanded = Math.max(0, ...[...code.matchAll(/^[^\n{}]*\$\{([1-9]):?\?/gm)].map(([, one]) => Number(one)));
	const stops = /\bexit[ \t]+[1-9]|\busage\b|\bdie\b/.test(code);
	return Math.max(stops ? Math.max(Number(less ?? 0), exact ?? 0, empty) : 0, demanded);
}

const exactly = (code: string): number | undefined => {
	const [, one] =
		/\$\{?#\}?["']?[ \t]+(?:-ne|!=)[ \t]+["']?(\d+)/.exec(code) ?? /\(\([ \t]*\$#[ \t]*!=[ \t]*(\d+)/.exec(code) ?? [];
	return one === undefined ? undefined : Number(one);
};

const mostOf = (code: string): number => {
	const most = /\$\{?#\}?["']?[ \t]+-gt[ \t]+(\d+)/.exec(code)?.[1];
	return (
		exactly(code) ?? (most === undefined || Number(most) === 0 || /\bshift\b/.test(code) ? Infinity : Number(most))
	);
};

function inCall({ callee, words, file, place }: ScriptCall, wanted: Wanted): Found[] {
	// How many words `$X` without quotes is, or `"$@"`, is not known.
	const open = words.some(
		({ text, quoted, dynamic }) => (dynamic && !quoted) || /\$[@*]|\[[@*]\]|\$\{__+\}/.test(text),
	);
	const name = posix.basename(callee.path);
	const evidence = [place, callee.placeAt(wanted.at)] as const;
	const counted = words.length;
	if (!open && (counted < wanted.least || counted > wanted.most) && !isHelp(words))
		return [
			{
				message: `${file.path} starts ${name} with ${counted === 1 ? "1 argument" : `${counted} arguments`}, and it wants ${wanted.least === wanted.most ? wanted.least : counted < wanted.least ? `at least ${wanted.least}` : `at most ${wanted.most}`}`,
				evidence,
				fix: {
					say: `give it what it wants: ${name} ${wanted.names
						.slice(0, Math.max(wanted.least, 1))
						.map((one, index) => (one ?? `ARGUMENT${index + 1}`).toUpperCase())
						.join(" ")}`,
				},
			},
		];
	const swap = swappedIn(words, wanted.names);
	if (swap !== undefined) {
		const [a, b] = [words[swap.first]!.text, words[swap.second]!.text];
		return [
			{
				message: `${file.path} gives ${name} ${a} as ${swap.names[0].toUpperCase()} and ${b} as ${swap.names[1].toUpperCase()}`,
				evidence,
				fix: { say: `give ${b} before ${a}` },
			},
		];
	}
	const odd = words.flatMap((word, index) => oddity(word, index, wanted.names) ?? []).slice(0, 1);
	return odd.map(({ text, index, what }): Found => ({
		message: `${file.path} gives ${name} \`${text}\` as ${wanted.names[index]!.toUpperCase()}, ${what}`,
		evidence,
		fix: {
			say: `write the arguments as it reads them: ${name} ${wanted.names
				.filter((one) => one !== undefined)
				.map((one) => one!.toUpperCase())
				.join(" ")}`,
		},
	}));
}

const isHelp = (words: readonly Word[]): boolean => /^(?:-h|--help|help)$/.test(words[0]?.text ?? "");

/** A literal in a place that wants another form. */
function oddity(
	{ text, dynamic }: Word,
	index: number,
	names: Wanted["names"],
): { text: string; index: number; what: string } | undefined {
	const [name, next] = [names[index], names[index + 1]];
	if (name === undefined) return undefined;
	const isPort = (one: string | undefined): boolean => one !== undefined && /^(?:\w+_)?port$/.test(one);
	if (
		/^(?:\w+_)?(?:host|hostname|server)$/.test(name) &&
		isPort(next) &&
		/^[^:\s/]+:(?:\d+|\$\{?\w*port\w*\}?)$/i.test(text)
	)
		return { text, index, what: `which is host and port in one word` };
	if (dynamic || text === "") return undefined;
	if (name === "host:port" && !text.includes(":")) return { text, index, what: "which has no port" };
	if (isPort(name) && !/^\d+$/.test(text)) return { text, index, what: "which is no port" };
	if (
		/^(?:\w+_)?(?:seconds|secs?|timeout(?:_s(?:ec(?:onds)?)?)?|retries|attempts|count|days|hours|minutes|keep|interval)$/.test(
			name,
		) &&
		!/^\d+(?:\.\d+)?[smhd]?$/.test(text)
	)
		return { text, index, what: "which is no number" };
	return /^(?:\w+_)?url$/.test(name) && !text.includes("://") && /^[\w.-]+(?::\d+)?$/.test(text)
		? { text, index, what: "which is no URL" }
		: undefined;
}
