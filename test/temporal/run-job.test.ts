import { expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { silent, type Progress } from "../../src/system/progress.ts";
import type { JobEnd, JobState } from "../../src/temporal/job-state.ts";
import { jobOf } from "../../src/temporal/jobs.ts";
import { renderJob } from "../../src/temporal/render-job.ts";
import { describeState, runJob } from "../../src/temporal/run-job.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";

const job = jobOf("video", "https://media.test/talk.mp4", "talk");
const options = { queue: "video", wait: true };
const result = {
	videoId: "talk",
	title: "A talk",
	url: "https://media.test/talk.mp4",
	durationSeconds: 9.4,
	bucket: "cres",
	video: { key: "queries/direct/videos/A talk_talk.mp4", bytes: 4_500_000 },
	audio: { key: "queries/direct/audio/A talk_talk.wav", bytes: 300_044 },
	info: { key: "queries/direct/videos/A talk_talk.info.json", bytes: 812 },
	worker: "cpu@cpu-1/0123456789ab-89abcdef",
};

const START = 1_000_000;

const unasked = () => Promise.reject(new Error("a job is followed without it"));

/** A Temporal that keeps executions: each look at one takes a job one state further. */
function fakeTemporal(world: { polled?: boolean; looks?: (JobState | UserError)[]; end?: JobEnd }) {
	const executions = new Map<string, string>();
	const looks = [...(world.looks ?? [])];
	const clock = { time: START, now: () => clock.time, sleep: async (time: number) => void (clock.time += time) };
	const poller = { identity: "cpu@cpu-1/0123456789ab-89abcdef", buildId: undefined, lastSeenMs: START };
	const temporal: Temporal = {
		address: "127.0.0.1:7233",
		namespace: "default",
		queueStatus: async () => ({ pollers: world.polled === false ? [] : [poller], backlog: { count: 0, ageMs: 0 } }),
		heartbeats: async () => [],
		prepareNamespace: async () => false,
		namespaceExists: async () => true,
		async startJob({ workflowId, queue }) {
			const started = !executions.has(workflowId);
			executions.set(workflowId, queue);
			return { workflowId, runId: "run-1", started };
		},
		async jobState() {
			const next = looks.shift() ?? { type: job.type, running: false, pending: [] };
			if (next instanceof Error) throw next;
			return next;
		},
		jobEnd: async () => world.end ?? { result },
		...{ listJobs: unasked, findJob: unasked, cancelJob: unasked, deleteJob: unasked },
		close: async () => {},
	};
	return { executions, clock, temporal, progress: silent, signal: new AbortController().signal };
}

const running: JobState = { type: job.type, running: true, pending: [] };

it("starts a job on the cpu queue and returns its result", async () => {
	const ports = fakeTemporal({ looks: [running, running] });
	const report = await runJob(ports, job, options);
	expect([...ports.executions]).toEqual([["talk", "video@cpu"]]);
	expect(report).toMatchObject({ joined: false, finished: true, durationMs: 1_000, result });
	expect(renderJob(report)).toMatchInlineSnapshot(`
		"talk done in 1.0 s
		A talk, 9.4 s, done by cpu@cpu-1/0123456789ab-89abcdef
		STORED  SIZE      KEY IN cres
		video   4.5 MB    queries/direct/videos/A talk_talk.mp4
		audio   300.0 kB  queries/direct/audio/A talk_talk.wav
		info    812 B     queries/direct/videos/A talk_talk.info.json"
	`);
});

it("joins what runs, and says so", async () => {
	const ports = fakeTemporal({});
	await runJob(ports, job, { ...options, wait: false });
	const report = await runJob(ports, job, { ...options, wait: false });
	expect(renderJob(report)).toBe("joined VideoProcessingWorkflow talk; it is not followed");
	expect(ports.executions.size).toBe(1);
});

it("starts nothing where nobody polls, unless told to", async () => {
	const ports = fakeTemporal({ polled: false });
	await expect(runJob(ports, job, options)).rejects.toMatchObject({ code: "no_poller" });
	expect(ports.executions.size).toBe(0);
	await runJob(ports, job, { ...options, wait: false });
	expect(ports.executions.size).toBe(1);
});

it("asks for pollers of the gpu queue too, unless the job ends with the download", async () => {
	const { temporal, ...others } = fakeTemporal({});
	const nobody = { pollers: [], backlog: { count: 0, ageMs: 0 } };
	const cpuOnly: Temporal = {
		...temporal,
		queueStatus: async (queue, type) => (queue === "video@gpu" ? nobody : temporal.queueStatus(queue, type)),
	};
	const ports = { ...others, temporal: cpuOnly };
	await expect(runJob(ports, job, options)).rejects.toMatchObject({
		code: "no_poller",
		message: "nobody polls video@gpu (activity): the job would wait",
	});
	const short = jobOf("video", '{"url":"https://media.test/talk.mp4","until":"download"}', "short");
	expect(await runJob(ports, short, options)).toMatchObject({ finished: true });
	const idle = fakeTemporal({ polled: false });
	await expect(runJob(idle, job, options)).rejects.toMatchObject({
		message: "nobody polls video@cpu (workflow) and video@cpu (activity) and video@gpu (activity): the job would wait",
		hint: "cres pollers, or --no-wait to start it all the same",
	});
	await expect(runJob(idle, short, options)).rejects.toMatchObject({
		message: "nobody polls video@cpu (workflow) and video@cpu (activity): the job would wait",
	});
});

it("tells what the job does while it is followed, and that Temporal is silent", async () => {
	const told: string[] = [];
	const silence = new UserError("temporal_unreachable", "no answer");
	const ports = fakeTemporal({ looks: [running, silence, silence, running] });
	const progress: Progress = {
		note: () => {},
		step: (title, work) => (told.push(title), work((text) => told.push(text))),
	};
	await runJob({ ...ports, progress }, job, options);
	expect(told).toEqual([
		"started VideoProcessingWorkflow talk",
		"0 ms",
		"Temporal is silent for 500 ms",
		"Temporal is silent for 1.0 s",
		"1.5 s",
	]);
	await runJob({ ...ports, progress }, job, options);
	expect(told.at(-1)).toBe("joined VideoProcessingWorkflow talk");
});

it("gives a job that is not followed no result, and one that returns nothing the result null", async () => {
	expect(await runJob(fakeTemporal({}), job, { ...options, wait: false })).toEqual({
		workflow: job.type,
		workflowId: "talk",
		runId: "run-1",
		queue: "video@cpu",
		joined: false,
		finished: false,
		durationMs: 0,
		result: null,
	});
	expect(await runJob(fakeTemporal({ end: { result: undefined } }), job, options)).toMatchObject({
		finished: true,
		result: null,
	});
});

it("fails at once where Temporal refuses, and after a minute of silence", async () => {
	const refusal = new UserError("temporal_unauthorized", "no");
	const ports = fakeTemporal({ looks: [running, refusal] });
	await expect(runJob(ports, job, options)).rejects.toBe(refusal);
	expect(ports.clock.time).toBe(START + 500);
	const silence = new UserError("temporal_unreachable", "no answer");
	const long = fakeTemporal({ looks: Array.from({ length: 200 }, () => silence) });
	await expect(runJob(long, job, options)).rejects.toBe(silence);
	expect(long.clock.time).toBe(START + 60_500);
});

it("names the failure's type, its instance and the command to try again", async () => {
	const failure = { type: "VideoNotFound", message: "gone", worker: "cpu@cpu-1/0123456789ab-89abcdef" };
	await expect(runJob(fakeTemporal({ end: { failure } }), job, options)).rejects.toMatchObject({
		code: "job_failed",
		message: "talk failed with VideoNotFound: gone",
		hint: "cres logs cpu-1; then again: cres run video --input https://media.test/talk.mp4 --id talk",
	});
	for (const worker of [undefined, "odd"])
		await expect(
			runJob(fakeTemporal({ end: { failure: { ...failure, worker } } }), job, options),
		).rejects.toMatchObject({
			hint: expect.stringMatching(/^cres logs INSTANCE; /),
		});
});

it("bears with a silent Temporal for a minute", async () => {
	const silence = new UserError("temporal_unreachable", "no answer");
	const brief = fakeTemporal({ looks: [running, silence, silence, running] });
	expect(await runJob(brief, job, options)).toMatchObject({ finished: true });
	const forty = Array.from({ length: 80 }, () => silence);
	const twice = fakeTemporal({ looks: [running, ...forty, running, ...forty, running] });
	expect(await runJob(twice, job, options)).toMatchObject({ finished: true });
	const long = fakeTemporal({ looks: [running, ...Array.from({ length: 200 }, () => silence)] });
	await expect(runJob(long, job, options)).rejects.toMatchObject({ code: "temporal_unreachable" });
	expect(long.clock.time).toBeLessThan(START + 62_000);
});

it("does not follow another workflow that has the id", async () => {
	const ports = fakeTemporal({ looks: [{ ...running, type: "OtherWorkflow" }] });
	await expect(runJob(ports, job, options)).rejects.toMatchObject({ code: "job_id_taken", exit: "usage" });
});

it("leaves the job alone on Ctrl-C and tells how to come back", async () => {
	const interrupt = new AbortController();
	const ports = { ...fakeTemporal({ looks: [running, running, running] }), signal: interrupt.signal };
	const clock = { ...ports.clock, sleep: async () => (interrupt.abort(), interrupt.signal.throwIfAborted()) };
	await expect(runJob({ ...ports, clock }, job, options)).rejects.toMatchObject({
		code: "detached",
		exit: "interrupted",
		hint: expect.stringContaining("cres run video --input https://media.test/talk.mp4 --id talk"),
	});
});

it("describes what a job does now", () => {
	const activity = {
		type: "download_video",
		attempt: 1,
		maximumAttempts: 3,
		heartbeat: undefined,
		lastFailure: undefined,
	};
	const heartbeat = { stage: "download", seconds: 9, bytes: 4_500_000 };
	const lastFailure = { type: "DownloadFailed", message: "timed out", worker: undefined };
	const text = (pending: JobState["pending"]) => describeState({ pending }, 12_000);
	expect(text([])).toBe("12.0 s");
	expect(text([activity])).toBe("12.0 s, download_video");
	expect(text([{ ...activity, heartbeat }])).toBe("12.0 s, download_video: download, 9.0 s, 4.5 MB");
	expect(text([{ ...activity, heartbeat: { stage: 1, seconds: "9", bytes: null }, lastFailure }])).toBe(
		"12.0 s, download_video",
	);
	expect(text([{ ...activity, attempt: 2, maximumAttempts: 0 }, activity])).toBe(
		"12.0 s, download_video: attempt 2, download_video",
	);
	expect(text([{ ...activity, attempt: 2, lastFailure, heartbeat: "odd" }])).toBe(
		"12.0 s, download_video: attempt 2 of 3, before: DownloadFailed: timed out",
	);
});
