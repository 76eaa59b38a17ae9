import { expectedPollers, taskQueue, type Role } from "../contracts/queues.ts";
import { parseIdentity } from "../contracts/identity.ts";
import { UserError, hasCode } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import { bytes, seconds } from "../system/text.ts";
import type { JobEnd, JobFailure, JobState, PendingActivity } from "./job-state.ts";
import { commandOf, type JobRequest } from "./jobs.ts";
import { observePollers } from "./pollers.ts";
import type { Execution } from "./execution-calls.ts";
import type { Temporal } from "./temporal.ts";

const LOOK_EVERY_MS = 500;
/** How long Temporal may be silent while a job is followed. */
const PATIENCE_MS = 60_000;

export interface RunJobPorts {
	temporal: Temporal;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
}

/** What `cres run` returns under --json. */
export interface JobReport {
	workflow: string;
	workflowId: string;
	runId: string;
	queue: string;
	/** It ran already; nothing was started. */
	joined: boolean;
	/** False: it was not followed. */
	finished: boolean;
	/** From start or join to the end. */
	durationMs: number;
	/** What the workflow returned; null when it was not followed. */
	result: unknown;
}

/**
 * Starts a job unless it runs already, and follows it to its end.
 * @throws UserError no_poller, job_failed, job_id_taken, job_result_invalid; on Ctrl-C detached, and the job goes on
 */
export async function runJob(
	ports: RunJobPorts,
	job: JobRequest,
	{ queue: base, wait }: { queue: string; wait: boolean },
): Promise<JobReport> {
	const { temporal, clock } = ports;
	const queue = taskQueue(base, "cpu");
	if (wait) await assertPolled(ports, base, rolesOf(job.input));
	const started = clock.now();
	const execution = await temporal.startJob({ ...job, queue });
	const report = {
		workflow: job.type,
		workflowId: execution.workflowId,
		runId: execution.runId,
		queue,
		joined: !execution.started,
	};
	if (!wait) return { ...report, finished: false, durationMs: clock.now() - started, result: null };
	const title = `${execution.started ? "started" : "joined"} ${job.type} ${execution.workflowId}`;
	const result = await ports.progress.step(title, async (tell) => {
		const end = await follow(ports, job, execution, tell);
		if ("failure" in end) throw failed(job, end.failure);
		return end.result ?? null;
	});
	return { ...report, finished: true, durationMs: clock.now() - started, result };
}

/** Whatever goes further than the download is done by workers on the gpu queue too. */
const rolesOf = (input: unknown): Role[] =>
	(input as { until?: string }).until === "download" ? ["cpu"] : ["cpu", "gpu"];

async function assertPolled({ temporal, clock }: RunJobPorts, base: string, roles: Role[]): Promise<void> {
	const { missing } = await observePollers(temporal, expectedPollers(base, roles), clock);
	if (missing.length === 0) return;
	const names = missing.map(({ queue, type }) => `${queue} (${type})`);
	throw new UserError("no_poller", `nobody polls ${names.join(" and ")}: the job would wait`, {
		hint: "cres pollers, or --no-wait to start it all the same",
	});
}

async function follow(
	{ temporal, clock, signal }: RunJobPorts,
	job: JobRequest,
	execution: Execution,
	tell: (text: string) => void,
): Promise<JobEnd> {
	const started = clock.now();
	let heard = started;
	const look = () =>
		temporal.jobState(execution).catch((error: unknown) => {
			if (!hasCode(error, "temporal_unreachable") || clock.now() - heard > PATIENCE_MS) throw error;
			return undefined;
		});
	try {
		for (;;) {
			const state = await look();
			if (state) heard = clock.now();
			if (state && state.type !== job.type) throw taken(job, state);
			if (state && !state.running) return await temporal.jobEnd(execution);
			const silence = `Temporal is silent for ${seconds(clock.now() - heard)}`;
			tell(state ? describeState(state, clock.now() - started) : silence);
			await clock.sleep(LOOK_EVERY_MS, signal);
		}
	} catch (error) {
		throw signal.aborted ? detached(job) : error;
	}
}

/** `12.0 s, download_video: extract audio, 9.0 s, 4.5 MB`, with the attempt and its reason when it is not the first. */
export function describeState({ pending }: Pick<JobState, "pending">, elapsedMs: number): string {
	return [seconds(elapsedMs), ...pending.map(describeActivity)].join(", ");
}

function describeActivity({ type, attempt, maximumAttempts, heartbeat, lastFailure }: PendingActivity): string {
	const beat = (heartbeat ?? {}) as { stage?: unknown; seconds?: unknown; bytes?: unknown };
	const parts = [
		typeof beat.stage === "string" ? beat.stage : undefined,
		typeof beat.seconds === "number" ? seconds(beat.seconds * 1000) : undefined,
		typeof beat.bytes === "number" ? bytes(beat.bytes) : undefined,
		attempt > 1 ? `attempt ${attempt}${maximumAttempts > 0 ? ` of ${maximumAttempts}` : ""}` : undefined,
		attempt > 1 && lastFailure ? `before: ${lastFailure.type}: ${lastFailure.message}` : undefined,
	].filter((part) => part !== undefined);
	return parts.length === 0 ? type : `${type}: ${parts.join(", ")}`;
}

function failed(job: JobRequest, { type, message, worker }: JobFailure): UserError {
	const instance = (worker && parseIdentity(worker)?.instance) ?? "INSTANCE";
	return new UserError("job_failed", `${job.workflowId} failed with ${type}: ${message}`, {
		hint: `cres logs ${instance}; then again: ${commandOf(job)}`,
	});
}

const detached = (job: JobRequest) =>
	new UserError("detached", `no longer following ${job.workflowId}; the job goes on`, {
		hint: `follow it again: ${commandOf(job)}; or cancel it: cres job cancel ${job.workflowId}`,
	});

const taken = (job: JobRequest, { type }: JobState) =>
	new UserError("job_id_taken", `${job.workflowId} is the id of a running ${type}, not of a ${job.type}`, {
		hint: "choose another --id",
	});
