import { WORKER_LOGS } from "../../contracts/vast.ts";
import type { VastPorts } from "./ports.ts";
import { connectRunning } from "./running-contract.ts";

/** The log files of the workers, as their container keeps them. */
export async function* readLogs(
	ports: VastPorts,
	{ tail, follow }: { tail: number; follow: boolean },
): AsyncIterable<string> {
	const { session } = await connectRunning(ports);
	try {
		const command = `exec tail -q -n ${tail} ${follow ? "-F" : ""} ${WORKER_LOGS}`;
		yield* session.lines(["sh", "-c", command], ports.signal);
	} finally {
		session.close();
	}
}
