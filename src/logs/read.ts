import { messageOf } from "../errors/errors.ts";
import type { Instance } from "../instances/instance.ts";
import { inOrder, type LogLine } from "../instances/log-line.ts";
import { merged } from "./merged.ts";
import { SCANNED, type LogQuery } from "./query.ts";

/** A line with the instance that it is of. */
export interface ShownLine extends LogLine {
	instance: string;
}

type Source = Pick<Instance, "name" | "logs">;

/**
 * Lines of the instances' logs in order of time; when following, then those that are written, as they come. An instance
 * whose log cannot be had is noted, and the error thrown when the others are read.
 * @throws what one of the instances throws
 */
export async function* readLogs(
	instances: readonly Source[],
	query: LogQuery,
	note: (text: string) => void,
): AsyncIterable<ShownLine> {
	if (query.follow) return yield* merged(instances.map((one) => linesOf(one, query)));
	const read = await Promise.allSettled(instances.map((one) => Array.fromAsync(linesOf(one, query))));
	yield* lastOf(
		read.flatMap((one) => (one.status === "fulfilled" ? one.value : [])),
		query.tail,
	);
	const failures = read.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : []));
	for (const failure of failures.slice(1)) note(messageOf(failure));
	if (failures.length > 0) throw failures[0];
}

/** Those of one log that fit. */
async function* linesOf({ name, logs }: Source, query: LogQuery): AsyncIterable<ShownLine> {
	const { follow, tail, since, grep, program } = query;
	const scanned = (grep === undefined && program === undefined) || follow ? tail : SCANNED;
	for await (const line of logs({ tail: scanned, follow, since }))
		if (fits(line, query)) yield { instance: name, ...line };
}

/** The last lines of a log that was kept, that fit. */
export const keptLines = (instance: string, lines: readonly LogLine[], query: LogQuery): ShownLine[] =>
	lastOf(
		lines.filter((line) => fits(line, query)).map((line) => ({ instance, ...line })),
		query.tail,
	);

const fits = ({ at, text, program: writer }: LogLine, { since = -Infinity, grep = "", program }: LogQuery): boolean =>
	(at === null || Date.parse(at) >= since) && text.includes(grep) && (program === undefined || writer === program);

const lastOf = (lines: readonly ShownLine[], tail: number): ShownLine[] =>
	tail === 0 ? [] : inOrder(lines).slice(-tail);

/** Columns of the longest usual program: `supervisord`. */
const PROGRAM_WIDTH = 11;

/** The program that wrote it, then the line as it is; before both the instance, where there are `several`. */
export const renderLine = ({ instance, program, text }: ShownLine, several: boolean): string =>
	`${several ? `${instance} ` : ""}${(program ?? "-").padEnd(PROGRAM_WIDTH)} | ${text}`;
