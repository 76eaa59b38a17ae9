import { redact } from "../secrets/secret.ts";
import { jsonOf } from "./json.ts";

const LONGEST = 300;
/** The line that says why a program ended, the surest first: an error that nobody caught names it better than a complaint. */
const SURE: readonly RegExp[] = [
	/^\s*(?:[\w.]+\.)?(?:ModuleNotFoundError|ImportError|SyntaxError|PermissionError|FileNotFoundError|OSError|KeyError|ValueError|TypeError|RuntimeError|[A-Z]\w*(?:Error|Exception))\b.*:/,
	/\b(?:EADDRINUSE|ENOSPC|ENOENT|EACCES|ERR_MODULE_NOT_FOUND)\b/,
	/\b(?:cannot open shared object file|unrecognized (?:option|argument)|unknown argument|No module named|Cannot find (?:module|package)|out of memory|no space left on device)\b/i,
	/^(?:uncaught )?[\w.]*(?:error|exception)\b.*:|\bpanic/i,
	/^boot: /,
	/\bfatal|\bterminated by\b/i,
];
/** What supervisord says of an end; it tells that, not why. */
const [EXITED, GAVE_UP, NOT_STARTED] = [/\bexited: (\S+) .*/, /\bgave up: (\S+) .*/, /\bspawnerr: .*/];

/** A line of the log of a container. */
interface Line {
	/** Null when nothing tells who wrote it. */
	program: string | null;
	text: string;
}

/** Whether it is the program that ended, by its name in the log. */
export type IsOwn = (program: string) => boolean;

/** By its name at supervisord, with its group or without. */
export const calledBy =
	(name: string): IsOwn =>
	(program) =>
		program === name.slice(name.indexOf(":") + 1);
const isWorker: IsOwn = (program) => program.startsWith("worker");
const nobody: IsOwn = () => false;

/**
 * The line of a program's log that names why it ends, with what it says as its text: the last of the surest kind, not the
 * word on its next start. Lines of no program count as its own. Undefined when none does.
 */
export function causeLine<L extends Line>(lines: readonly L[], isOwn: IsOwn = nobody): L | undefined {
	const own = lines.filter(({ program }) => program === null || isOwn(program));
	const errors = own.flatMap((line) => {
		const said = errorIn(line.text);
		return said === undefined ? [] : [{ line, said }];
	});
	const sure = SURE.map((pattern) => errors.findLast(({ said }) => pattern.test(said))).find(
		(one) => one !== undefined,
	);
	const found = sure ?? errors.findLast(({ line }) => isStructured(line.text));
	return found && { ...found.line, text: found.said };
}

/** How often, since when and with what supervisord saw it end. */
export const endsOf = <L extends Line>(lines: readonly L[], isOwn: IsOwn): L[] =>
	lines.filter(({ text }) => {
		const program = (EXITED.exec(text) ?? GAVE_UP.exec(text))?.[1];
		return program !== undefined && isOwn(program);
	});

/**
 * Why a worker keeps ending, in one line of at most 300 characters: its last error, else what its process owner says of its
 * end. Undefined when the log does not tell.
 */
export function causeIn(lines: readonly Line[]): string | undefined {
	const cause = causeLine(lines, isWorker)?.text ?? lines.map(endIn).findLast((found) => found !== undefined);
	return cause && redact(cause).replaceAll(/\s+/g, " ").slice(0, LONGEST); // a secret that is cut would not be known
}

function endIn({ text }: Line): string | undefined {
	const exited = EXITED.exec(text);
	return exited && isWorker(exited[1]!) ? exited[0] : NOT_STARTED.exec(text)?.[0];
}

/** Lines of our programs are JSON: their level counts, and their message is what they say. Any other text may be an error. */
function errorIn(text: string): string | undefined {
	if (!isStructured(text)) return text;
	const { level, message, error } = Object(jsonOf(text)) as Record<string, unknown>;
	if (level !== "ERROR" && level !== "FATAL") return undefined;
	const because = typeof error === "object" && error !== null ? (error as { message?: unknown }).message : error;
	return [message, because].filter((one) => typeof one === "string" && one !== "").join(": ") || text;
}

const isStructured = (text: string): boolean => text.startsWith("{");
