import { withoutEscapes } from "../system/escapes.ts";

/** One line of the log of a container. */
export interface LogLine {
	/** RFC 3339; of a line without a time that of the line before it. Null when neither has one. */
	at: string | null;
	/** The program in the container that wrote it, as its process owner calls it; null when nothing tells. */
	program: string | null;
	/** As it was written, without control characters. */
	text: string;
}

/** Which lines of a log are read. */
export interface LogOptions {
	/** At most so many, the last ones. */
	tail: number;
	/** Goes on with what is written from now on. */
	follow: boolean;
	/** None that is older; milliseconds since the epoch. */
	since?: number | undefined;
}

/** How supervisord begins a line; its times are those of the container's zone, UTC. */
const SUPERVISORD = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d),(\d{3}) [A-Z]{4} /;

/** Reads a line for its time and its program, as far as `known` does not tell. */
export function parseLine(raw: string, known: Partial<Pick<LogLine, "at" | "program">> = {}): LogLine {
	const text = printable(raw);
	const fields = fieldsOf(text);
	const [isOwners, day, time, ms] = SUPERVISORD.exec(text) ?? [];
	return {
		at: known.at ?? timeOf(fields["time"] ?? (isOwners && `${day}T${time}.${ms}Z`)),
		program: known.program ?? named(fields["program"]) ?? (isOwners ? "supervisord" : null),
		text,
	};
}

/** The fields of a line that is a JSON object; none of any other line. */
export function fieldsOf(text: string): Record<string, unknown> {
	if (!text.startsWith("{")) return {};
	try {
		return JSON.parse(text) as Record<string, unknown>;
	} catch {
		return {};
	}
}

const printable = (raw: string): string =>
	withoutEscapes(raw)
		.trimEnd()
		.replaceAll(/(?!\t)\p{Cc}/gu, " ");

const named = (value: unknown): string | null =>
	typeof value === "string" && /^[\w-]{1,40}$/.test(value) ? value : null;

function timeOf(value: unknown): string | null {
	const ms = typeof value === "string" ? Date.parse(value) : NaN;
	return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}

/** The last ones, at most `tail`, none older than `since`, in order of time; lines of the same time stay as they came. */
export function selectLines(
	lines: readonly LogLine[],
	{ tail, since = -Infinity }: Omit<LogOptions, "follow">,
): LogLine[] {
	const recent = lines.filter(({ at }) => at === null || Date.parse(at) >= since);
	return tail === 0 ? [] : inOrder(recent).slice(-tail);
}

/** By time, which is written so that its characters sort; lines without one come first, those of one time stay as they came. */
export const inOrder = <Line extends Pick<LogLine, "at">>(lines: readonly Line[]): Line[] =>
	lines.toSorted(({ at: a }, { at: b }) => ((a ?? "") < (b ?? "") ? -1 : (a ?? "") > (b ?? "") ? 1 : 0));
