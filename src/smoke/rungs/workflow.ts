import { PassThrough } from "node:stream";
import { fail, ok, type Verdict } from "../../checks/doctor/check.ts";
import { taskQueue } from "../../contracts/queues.ts";
import { videoResultSchema, WORKFLOWS } from "../../contracts/tasks.ts";
import { bytes, seconds } from "../../system/text.ts";
import type { JobState } from "../../temporal/job-state.ts";
import { CLIP_COMMAND, clipAddress } from "../clip.ts";
import { smokeQuery } from "../objects.ts";
import { limit, type Rung, type RungCall } from "../rung.ts";
import { until } from "../until.ts";
import type { World } from "../world.ts";
import { identityOf } from "./queues.ts";
import { redact } from "../../secrets/secret.ts";

const FIX = "the failure above names the activity; the worker's log has the rest";
const LOOK_EVERY_MS = 200;

/** One real job from its start at Temporal to its objects in the store, on a clip that the image's own ffmpeg has made. */
export const workflow: Rung = {
	name: "workflow",
	limitMs: limit(120, 600),
	fix: FIX,
	async run(world, call) {
		const done = new AbortController();
		const clip = serveClip(world, AbortSignal.any([call.signal, done.signal]));
		try {
			return await runJob(world, call, await clip.address);
		} finally {
			done.abort();
			await clip.ended;
		}
	},
};

/** Makes the clip in the container and serves it there until the signal aborts. */
function serveClip({ engine, app }: World, signal: AbortSignal) {
	const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
	const ended = engine.attach(app!, CLIP_COMMAND, { stdin, stdout, stderr, signal }).catch((error: unknown) => error);
	return { address: clipAddress(stdout, stderr, ended), ended };
}

async function runJob(world: World, call: RungCall, url: string): Promise<Verdict> {
	const { name, queue, role, id, dependencies } = world;
	const { temporal } = dependencies!;
	const started = performance.now();
	const input = { url, query: smokeQuery(id), ...(role === "cpu" ? { until: "download" as const } : {}) };
	// The server ends it where nobody comes back to it.
	const job = {
		type: WORKFLOWS.video,
		workflowId: name,
		queue: taskQueue(queue, "cpu"),
		input,
		timeoutMs: call.limitMs,
	};
	const execution = await temporal.startJob(job);
	const look = async () => {
		const state = await temporal.jobState(execution);
		if (state.running) return { pending: atWork(state) };
		const end = await temporal.jobEnd(execution);
		if ("failure" in end) return fail(`${end.failure.type}: ${end.failure.message}`, FIX);
		return judge(world, end.result, performance.now() - started, call.signal);
	};
	return until(world, call, { everyMs: LOOK_EVERY_MS, fix: FIX, look });
}

function atWork({ pending }: JobState): string {
	const { type, attempt, lastFailure } = pending[0] ?? {};
	return `${type ?? "the workflow"} is at work${lastFailure ? `, attempt ${attempt}: ${lastFailure.message}` : ""}`;
}

/** The worker's word counts no more than what the store has. */
async function judge(world: World, result: unknown, ms: number, signal: AbortSignal): Promise<Verdict> {
	const { data, error } = videoResultSchema.safeParse(result);
	if (!data) return fail(`the result is not understood: ${redact(error.message).slice(0, 300)}`, FIX);
	const own = identityOf(world, { role: "cpu" });
	if (data.worker !== own) return fail(`${data.worker} did the job, not ${own}`, FIX);
	const stored = [data.video, data.audio, data.info, ...(data.transcript ? [data.transcript] : [])];
	for (const { key, bytes: size } of stored) {
		const { headers } = await world.dependencies!.s3.call({ method: "HEAD", key, signal });
		if (Number(headers["content-length"]) !== size)
			return fail(`${key} has ${headers["content-length"]} bytes in the store, the job says ${size}`, FIX);
	}
	const clip = `${seconds(data.durationSeconds * 1000)} of video, ${stored.length} objects, ${bytes(data.video.bytes)}`;
	return ok(`${clip}; ended after ${seconds(ms)}`);
}
