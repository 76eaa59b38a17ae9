import { WORKER_LOG } from "../../../contracts/vast.ts";
import type { RolloutPorts } from "../../ports.ts";
import { reach } from "./reached.ts";

/** The worker's log file, as its container keeps it. */
export async function* readLogs(
	ports: RolloutPorts,
	{ tail, follow }: { tail: number; follow: boolean },
): AsyncIterable<string> {
	const { session } = await reach(ports);
	try {
		yield* session.lines(["tail", "-n", String(tail), ...(follow ? ["-F"] : []), WORKER_LOG], ports.signal);
	} finally {
		session.close();
	}
}
