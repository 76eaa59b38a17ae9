import { redact } from "../secrets/secret.ts";
import { fieldsOf, type LogLine } from "./log-line.ts";

const LONGEST = 300;
/** A line of text that says why a program ends: that of Node or Python, or of the boot program. */
const FAILURE = /^boot: |^(?:uncaught )?[\w.]*(?:error|exception)\b.*:|\b(?:fatal|panic)/i;
/** supervisord's word on a program that ended. */
const ENDED = /\bexited: worker.*|\bspawnerr: .*/;

/**
 * Why a worker keeps ending, in one line of at most 300 characters: its last error, else what its process owner says of its
 * end. Undefined when the log does not tell.
 */
export function causeIn(lines: readonly LogLine[]): string | undefined {
	const own = lines.filter(({ program }) => program === null || program.startsWith("worker"));
	const cause = last(own, errorIn) ?? last(lines, ({ text }) => ENDED.exec(text)?.[0]);
	return cause && redact(cause).replaceAll(/\s+/g, " ").slice(0, LONGEST); // a secret that is cut would not be known
}

function errorIn({ text }: LogLine): string | undefined {
	const { level, message } = fieldsOf(text);
	if (typeof level === "string") return level === "ERROR" && typeof message === "string" ? message : undefined;
	return FAILURE.test(text) ? text : undefined;
}

function last(lines: readonly LogLine[], find: (line: LogLine) => string | undefined): string | undefined {
	return lines.map(find).findLast((found) => found !== undefined);
}
