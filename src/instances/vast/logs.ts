import type { LogLine, LogOptions } from "../log-line.ts";
import { readLogFiles } from "./log-files.ts";
import type { VastPorts } from "./ports.ts";
import { connectRunning } from "./running-contract.ts";

/** The log files of the programs, as their container keeps them. */
export async function* readLogs(ports: VastPorts, options: LogOptions): AsyncIterable<LogLine> {
	const { session } = await connectRunning(ports);
	try {
		yield* readLogFiles(session, options, ports.signal);
	} finally {
		session.close();
	}
}
