import { LOG_FILES } from "../../contracts/vast.ts";
import { parseLine, selectLines, type LogLine, type LogOptions } from "../log-line.ts";
import type { SshSession } from "../ssh/session.ts";

/** Ends what was there before the files are followed. */
const FOLLOWS = "cres-log-follows";
/** What `tail -v` writes before the lines of a file. */
const HEADER = /^==> \/[\w./-]*?([\w-]{1,40})(?:\.log)? <==$/;

/** The command that prints the end of every program's log file, and goes on with what is added to them. */
const command = (count: string, follow: boolean): string[] => [
	"sh",
	"-c",
	[
		`tail -v ${count} ${LOG_FILES} 2>/dev/null`,
		...(follow ? [`echo; echo ${FOLLOWS}`, `exec tail -v -n 0 -F ${LOG_FILES} 2>/dev/null`] : []),
	].join("\n"),
];

/** Lines of the programs' log files, in order of time; then those that are added, as they come. */
export async function* readLogFiles(
	session: Pick<SshSession, "lines">,
	{ follow, ...selection }: LogOptions,
	signal: AbortSignal,
): AsyncIterable<LogLine> {
	const read = fileReader();
	const before: LogLine[] = [];
	let goesOn = false;
	for await (const raw of session.lines(command(`-n ${selection.tail}`, follow), signal)) {
		if (!goesOn && raw === FOLLOWS) {
			goesOn = true;
			yield* selectLines(before, selection);
			continue;
		}
		const line = read(raw);
		if (line && goesOn) yield line;
		else if (line) before.push(line);
	}
	if (!goesOn) yield* selectLines(before, selection);
}

/** The end of every program's log, at most `bytes` of each, in order of time; nothing when it cannot be had. */
export async function endOfLogFiles(session: Pick<SshSession, "exec">, bytes: number): Promise<LogLine[]> {
	const { stdout } = await session.exec(command(`-c ${bytes}`, false)).catch(() => ({ stdout: "" }));
	const read = fileReader();
	return selectLines(
		stdout.split("\n").flatMap((raw) => read(raw) ?? []),
		{ tail: Infinity },
	);
}

/** Takes the lines of `tail -v`: its headers name the program of those that follow. */
function fileReader(): (raw: string) => LogLine | undefined {
	const times = new Map<string | null, string | null>();
	let program: string | null = null;
	return (raw) => {
		const header = HEADER.exec(raw)?.[1];
		if (header !== undefined) program = header;
		if (header !== undefined || raw.trim() === "") return undefined;
		const line = parseLine(raw, { program });
		const at = line.at ?? times.get(program) ?? null;
		times.set(program, at);
		return { ...line, at };
	};
}
