import { randomUUID } from "node:crypto";
import { UserError, messageOf } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { fileSize } from "../system/log-file.ts";
import { MARK } from "../system/mark.ts";
import type { Processes, Program } from "../system/processes.ts";
import { runs, type ProcessIdentity } from "./identity.ts";
import { checkInTime, waitUntilReady, type ReadyCheck } from "./ready.ts";
import { logFile, readRecord, removeRecord, putOnRecord, type ServicePlace } from "./record.ts";
import type { Service, ServiceStatus } from "./service.ts";
import { stopProcess } from "./stop.ts";

export interface ProcessServiceOptions extends ServicePlace {
	/** What to start, asked for right before it is started; may write the program's configuration. */
	program(): Program | Promise<Program>;
	ready: ReadyCheck;
	/** Default 60 s. */
	readyWithinMs?: number;
	/** What the process gets to end by itself before it is killed; default 20 s. */
	graceMs?: number;
	processes: Processes;
	clock: Clock;
}

/**
 * A service that is one process with a record and a log. Its `up` stops a process of its own that is not ready before
 * it starts another; one that does not become ready is left running, so that it can be looked at.
 *
 * @throws UserError from `up`: service_answered_elsewhere, service_not_started, service_ended, service_not_ready; from
 * `up` and `down`: service_not_stopped; from each: service_record_unreadable
 */
export function processService(options: ProcessServiceOptions): Service {
	const service: Service = {
		name: options.name,
		async up(signal) {
			const { state } = await service.status();
			if (state === "ready") return "reused";
			await service.down(signal);
			await assertUnanswered(options);
			await start(options, signal);
			return "started";
		},
		async down(signal) {
			const { graceMs = 20_000 } = options;
			const identity = await readRecord(options);
			if (identity) await stopProcess(options, identity, graceMs, signal);
			await removeRecord(options);
		},
		status: () => statusOf(options),
	};
	return service;
}

async function statusOf(options: ProcessServiceOptions): Promise<ServiceStatus> {
	const identity = await readRecord(options);
	if (!identity || !(await runs(options.processes, identity))) return { state: "stopped" };
	return { state: (await isReady(options)) ? "ready" : "unready", pid: identity.pid };
}

const isReady = ({ ready, clock }: ProcessServiceOptions): Promise<boolean> =>
	checkInTime(ready, clock).catch(() => false);

/** Whoever answers already would pass for the process that is about to fail at its port. */
async function assertUnanswered(options: ProcessServiceOptions): Promise<void> {
	if (!(await isReady(options))) return;
	throw new UserError(
		"service_answered_elsewhere",
		`something answers in place of ${options.name}, and cres did not start it`,
		{ hint: "stop it, or choose another port" },
	);
}

async function start(options: ProcessServiceOptions, signal: AbortSignal | undefined): Promise<void> {
	const { name, ready, readyWithinMs = 60_000, processes, clock } = options;
	const log = { path: logFile(options), from: await fileSize(logFile(options)) };
	const identity = await startRecorded(options, log.path);
	const alive = () => runs(processes, identity);
	const ended = () => processes.ended?.(identity.pid);
	await waitUntilReady({ name, ready, alive, ended, withinMs: readyWithinMs, log, clock, signal });
}

async function startRecorded(options: ProcessServiceOptions, log: string): Promise<ProcessIdentity> {
	const { name, processes } = options;
	const program = await options.program();
	const mark = randomUUID();
	const marked = { ...program, env: { ...program.env, [MARK]: mark } };
	const pid = await processes.start(marked, log).catch((cause: unknown) => {
		throw new UserError("service_not_started", `${name} cannot be started: ${messageOf(cause)}`, {
			hint: `check that ${program.file} is installed and can be run`,
			cause,
		});
	});
	return putOnRecord(processes, options, { pid, program: program.file, mark });
}
