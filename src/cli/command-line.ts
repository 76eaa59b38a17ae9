/** What cres has: ids are words joined by colons. */
export interface Words {
	isCommand(id: string): boolean;
	/** Something that has commands below it. */
	isTopic(id: string): boolean;
}

/** What a command line asks for. */
export type CommandLine =
	/** Of a command or a topic; an empty id: of cres. */
	| { kind: "help"; id: string }
	| { kind: "run"; id: string; argv: string[] }
	| { kind: "unknown-command"; words: readonly string[] }
	/** A flag that stands before any command and is none of the global ones. */
	| { kind: "unknown-flag"; flag: string };

/** Flags that every command has, and so may stand before it. */
const GLOBAL: Readonly<Record<string, { takesValue: boolean }>> = {
	"-c": { takesValue: true },
	"--config": { takesValue: true },
	"--log-file": { takesValue: true },
	"--json": { takesValue: false },
	"--no-color": { takesValue: false },
	"--quiet": { takesValue: false },
	"--verbose": { takesValue: false },
};
const HELP = ["--help", "-h"];
const VERSION = ["--version", "-v"];

/** Reads the words that name a command: as many as name one; what follows is its own. */
export function readCommandLine(argv: readonly string[], known: Words): CommandLine {
	const [globals, rest] = splitGlobals(argv);
	if (VERSION.includes(rest[0] ?? "")) return { kind: "run", id: "version", argv: [...globals, ...rest.slice(1)] };
	const own = before(rest, (word) => word === "--");
	const words = before(own, (word) => word.startsWith("-"));
	const asksHelp = words[0] === "help" || own.some((word) => HELP.includes(word));
	const named = words[0] === "help" ? words.slice(1) : words;
	const length = commandLength(named, known);
	const id = named.slice(0, length).join(":");
	if (asksHelp && (length > 0 || named.length === 0)) return { kind: "help", id };
	if (length > 0) return { kind: "run", id, argv: [...globals, ...rest.slice(length)] };
	if (named.length > 0 && known.isTopic(named.join(":"))) return { kind: "help", id: named.join(":") };
	if (named.length > 0) return { kind: "unknown-command", words: named };
	return rest.length === 0 ? { kind: "help", id: "" } : { kind: "unknown-flag", flag: rest[0]! };
}

function commandLength(words: readonly string[], known: Words): number {
	for (let length = words.length; length > 0; length--)
		if (known.isCommand(words.slice(0, length).join(":"))) return length;
	return 0;
}

function splitGlobals(argv: readonly string[]): [globals: string[], rest: string[]] {
	let at = 0;
	for (let global = globalAt(argv, 0); global; global = globalAt(argv, at)) at += global.words;
	return [argv.slice(0, at), argv.slice(at)];
}

/** The file that `--config FILE` names, in any form that a command takes: `--config=FILE`, `-c FILE`, `-c=FILE`, `-cFILE`. */
export function configOf(argv: readonly string[]): string | undefined {
	const own = before(argv, (word) => word === "--");
	const globals = own.map((_, at) => globalAt(own, at));
	return globals.find((global) => global && ["-c", "--config"].includes(global.name))?.value;
}

/** A word that is a flag: a long one, with a value behind `=` or none, or a short one. */
const FLAG = /^(?:(--[^=]+)(?:=(.*))?|(-\w)(?:=?(.+))?)$/s;

/** The global flag that stands at `at`, with its value and how many words both take. */
function globalAt(argv: readonly string[], at: number): { name: string; value?: string; words: number } | undefined {
	const [, long, behind, short, glued] = FLAG.exec(argv[at] ?? "") ?? [];
	const name = long ?? short ?? "";
	if (!Object.hasOwn(GLOBAL, name)) return undefined;
	const value = behind ?? glued;
	const isApart = GLOBAL[name]!.takesValue && value === undefined;
	const given = isApart ? argv[at + 1] : value;
	return { name, ...(given === undefined ? {} : { value: given }), words: isApart ? 2 : 1 };
}

/** The words that stand before the first one that is `end`. */
function before(words: readonly string[], end: (word: string) => boolean): readonly string[] {
	const at = words.findIndex(end);
	return at === -1 ? words : words.slice(0, at);
}
