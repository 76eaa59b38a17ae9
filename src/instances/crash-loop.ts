import { SUPERVISOR_CONFIG, WORKER_PROGRAMS } from "../contracts/vast.ts";
import { UserError } from "../errors/errors.ts";
import { counted } from "../system/text.ts";
import { causeIn } from "../system/log-cause.ts";
import type { LogLine } from "./log-line.ts";

/** supervisord needs a moment to count a start as one, and a worker may be unlucky once. */
const ALLOWED = 1;

const STATES = ["RUNNING", "STARTING", "BACKOFF", "STOPPING", "STOPPED", "EXITED", "FATAL", "UNKNOWN"] as const;

/** How the process owner of a container sees its workers. */
export interface WorkerState {
	/** supervisord's word for the workers, that of the worst one, or `none`. */
	worker: (typeof STATES)[number] | "none";
	/** Process ids of the workers in a row: another number is a restart. */
	workerPid: number | undefined;
}

/** Shell lines that print both as `worker=` and `worker_pid=`. */
export const WORKER_STATE_SCRIPT = [
	`supervisorctl -c ${SUPERVISOR_CONFIG} status '${WORKER_PROGRAMS}' 2>/dev/null | awk '/^workers:/ && $2 ~ /^[A-Z]+$/ {`,
	`\tif ($2 != "RUNNING") bad = $2; else good = $2; if ($3 == "pid") { sub(",", "", $4); pids = pids $4 } }`,
	`\tEND { print "worker=" (bad ? bad : good ? good : "none"); print "worker_pid=" pids }'`,
];

/** Reads what the script printed; an image without our process owner has no worker. */
export function parseWorkerState(stdout: string): WorkerState {
	const word = /^worker=(\w+)$/m.exec(stdout)?.[1];
	const pid = Number(/^worker_pid=(\d+)$/m.exec(stdout)?.[1]);
	return { worker: STATES.find((state) => state === word) ?? "none", workerPid: pid > 0 ? pid : undefined };
}

/** Sees a worker that is started again and again, from looks that are seconds apart. */
export function crashLoopWatch(): { see(state: WorkerState): { restarts: number; keepsEnding: boolean } } {
	const pids = new Set<number>();
	let waits = 0;
	return {
		see({ worker, workerPid }) {
			if (workerPid !== undefined) pids.add(workerPid);
			if (worker === "BACKOFF") waits++;
			const restarts = Math.max(0, pids.size - 1);
			const hasEnded = worker === "FATAL" || worker === "EXITED";
			return { restarts, keepsEnding: hasEnded || restarts > ALLOWED || waits > ALLOWED };
		},
	};
}

/** @param lines the end of the container's log, which names the cause */
export function workerDied(worker: WorkerState["worker"], restarts: number, lines: readonly LogLine[]): UserError {
	return died(`the worker keeps ending: it is ${worker} after ${counted(restarts, "restart")}`, lines);
}

/** A container or worker that ended, with the cause that its log names, if it does. */
export function died(how: string, lines: readonly LogLine[]): UserError {
	const cause = causeIn(lines);
	return new UserError("container_died", cause === undefined ? how : `${how}; its last error: ${cause}`, {
		hint: "correct what its last log lines name",
	});
}
