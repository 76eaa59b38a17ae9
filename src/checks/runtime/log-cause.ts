import type { HostPlace } from "../triage-check.ts";
import type { FactLine } from "./facts.ts";

/** The line that says why a program ended, the surest first: an error that nobody caught names it better than a complaint. */
const SURE: readonly RegExp[] = [
	/^\s*(?:[\w.]+\.)?(?:ModuleNotFoundError|ImportError|SyntaxError|PermissionError|FileNotFoundError|OSError|KeyError|ValueError|TypeError|RuntimeError|[A-Z]\w*(?:Error|Exception))\b.*:/,
	/\b(?:EADDRINUSE|ENOSPC|ENOENT|EACCES|ERR_MODULE_NOT_FOUND)\b/,
	/\b(?:cannot open shared object file|unrecognized (?:option|argument)|unknown argument|No module named|Cannot find (?:module|package)|out of memory|no space left on device)\b/i,
	/^(?:Uncaught )?[\w.]*(?:Error|Exception)\b.*:|\bpanic(?:ked)?\b/,
	/^boot: /,
	/\b(?:fatal|terminated by)\b/i,
];
/** What supervisord says of an end; it tells that, not why. */
const ENDED = /\b(?:exited: (\S+) \(.*\)|spawnerr: .*|gave up: (\S+) .*)/;

const short = (name: string): string => name.slice(name.indexOf(":") + 1);

/**
 * The line of a program's log that names why it ends: its last error, not the word on its next start. Undefined when
 * none does.
 */
export function causeLine(lines: readonly FactLine[], program: string): FactLine | undefined {
	const own = lines.filter((line) => line.program === null || line.program === short(program));
	const judged = own.map((line) => ({ line, ...wordsOf(line) }));
	for (const pattern of SURE) {
		const found = judged.findLast(({ words, isError }) => isError && pattern.test(words));
		if (found) return { ...found.line, text: found.words };
	}
	const last = judged.findLast(({ isError, structured }) => isError && structured);
	return last && { ...last.line, text: last.words };
}

/** How often, since when and with what supervisord saw it end. */
export function endsOf(lines: readonly FactLine[], program: string): FactLine[] {
	return lines.filter(({ text }) => {
		const [, exited, gaveUp] = ENDED.exec(text) ?? [];
		return (exited ?? gaveUp) === short(program);
	});
}

/** A line as evidence. */
export const evidenceOf = (host: string, { at, program, text }: FactLine, otherwise?: string): HostPlace => ({
	host,
	...((program ?? otherwise) === undefined ? {} : { program: program ?? otherwise! }),
	text,
	...(at === null ? {} : { at }),
});

/** Lines of our programs are JSON: their level counts, and their message is what they say. */
function wordsOf({ text }: FactLine): { words: string; isError: boolean; structured: boolean } {
	if (!text.startsWith("{")) return { words: text, isError: true, structured: false };
	try {
		const { level, message, error } = JSON.parse(text) as Record<string, unknown>;
		const because = typeof error === "object" && error !== null ? (error as { message?: unknown }).message : error;
		const words = [message, because].filter((one) => typeof one === "string" && one !== "").join(": ");
		return { words: words || text, isError: level === "ERROR" || level === "FATAL", structured: true };
	} catch {
		return { words: text, isError: false, structured: true };
	}
}
