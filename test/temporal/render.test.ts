import { describe, expect, it } from "vitest";
import type { PollerRow } from "../../src/temporal/pollers.ts";
import { renderJob } from "../../src/temporal/render-job.ts";
import { renderPollers } from "../../src/temporal/render.ts";

describe("pollers", () => {
	const row = {
		queue: "v@cpu",
		type: "workflow",
		role: "cpu",
		identity: "cpu@a/1-0",
		buildId: "b-1",
		lastSeenMs: 95_000,
		verdict: "LIVE",
	} as const;

	it("are a table with the backlog, and what is missing with the next command", () => {
		const report = {
			rows: [row, { ...row, type: "activity", buildId: null, verdict: "STALE" } as const],
			backlog: [
				{ queue: "v@cpu", type: "workflow", count: 2, ageMs: 1_500 } as const,
				{ queue: "v@gpu", type: "activity", count: 0, ageMs: 9_000 } as const,
			],
			missing: [{ queue: "v@gpu", type: "activity", role: "gpu" } as const],
		};
		expect(renderPollers(report, 100_000)).toBe(`QUEUE  TYPE      WORKER     BUILD  SEEN     VERDICT
v@cpu  workflow  cpu@a/1-0  b-1    5 s ago  LIVE
v@cpu  activity  cpu@a/1-0  -      5 s ago  STALE
LIVE polls · BUSY has every slot taken · STALE may be dead · GONE is dead
v@cpu (workflow): 2 waiting, the oldest for 1.5 s
v@gpu (activity): 0 waiting
✖ nobody polls v@gpu (activity)
  → cres status`);
	});

	it("that are all there need nothing more, and none is no table", () => {
		expect(renderPollers({ rows: [row], backlog: [], missing: [] }, 95_000).split("\n")).toHaveLength(3);
		const missing = [{ queue: "v@gpu", type: "activity", role: "gpu" } as const];
		expect(renderPollers({ rows: [], backlog: [], missing }, 0)).toBe(
			"✖ nobody polls v@gpu (activity)\n  → cres status",
		);
	});
});

describe("pollers after rolls", () => {
	const row = (instance: string, container: string, verdict: PollerRow["verdict"]): PollerRow => ({
		...{
			queue: "video-processing@cpu",
			type: "activity",
			role: "cpu",
			buildId: "f46a1b2c3d4e",
			lastSeenMs: 0,
			verdict,
		},
		identity: `cpu@${instance}/f46a1b2c3d4e-${container}`,
	});
	const rows = [
		row("cpu-1", "00000001", "STALE"),
		row("cpu-1", "00000002", "GONE"),
		row("cpu-1", "00000003", "BUSY"),
		row("cpu-2", "00000004", "STALE"),
	];
	const report = { rows, backlog: [], missing: [] };

	it("hide those whose instance has another worker there, and say how many", () => {
		expect(renderPollers(report, 185_000)).toBe(
			[
				"QUEUE                 TYPE      WORKER          BUILD         SEEN       VERDICT",
				"video-processing@cpu  activity  cpu-1/00000003  f46a1b2c3d4e  3 min ago  BUSY",
				"video-processing@cpu  activity  cpu-2/00000004  f46a1b2c3d4e  3 min ago  STALE",
				"LIVE polls · BUSY has every slot taken · STALE may be dead · GONE is dead",
				"2 rows of earlier workers hidden: cres pollers --all",
			].join("\n"),
		);
	});

	it("are all there with --all", () => {
		const all = renderPollers(report, 185_000, { all: true });
		expect(all.match(/^video-processing/gm)).toHaveLength(4);
		expect(all).not.toContain("hidden");
	});
});

describe("a job", () => {
	const report = {
		workflow: "VideoProcessingWorkflow",
		workflowId: "talk",
		runId: "run-1",
		queue: "v@cpu",
		joined: false,
		finished: true,
		durationMs: 12_000,
		result: undefined as unknown,
	};
	const video = {
		videoId: "talk",
		title: "A talk",
		url: "https://media.test/talk.mp4",
		durationSeconds: 9.4,
		bucket: "cres",
		video: { key: "v/talk.mp4", bytes: 4_500_000 },
		audio: { key: "v/talk.wav", bytes: 300_044 },
		info: { key: "v/talk.json", bytes: 812 },
		worker: "cpu@cpu-1/1-0",
	};
	const whisper = {
		name: "faster-whisper",
		version: "1.1",
		device: "cuda",
		precision: "float16",
		model: "base",
		pretended: false,
	};
	const llm = { name: "llama-server", model: "qwen", contextTokens: 4_096, pretended: false };
	const spoken = (more: object) =>
		renderJob({ ...report, result: { ...video, ...more } })
			.split("\n")
			.slice(6);

	it("that is not followed says only that", () => {
		const open = { ...report, finished: false };
		expect(renderJob(open)).toBe("started VideoProcessingWorkflow talk; it is not followed");
		expect(renderJob({ ...open, joined: true })).toBe("joined VideoProcessingWorkflow talk; it is not followed");
	});

	it("of another kind shows what it returned", () => {
		expect(renderJob({ ...report, joined: true, result: { videos: 3 } })).toBe(
			'talk done in 12.0 s (joined)\n{\n  "videos": 3\n}',
		);
	});

	it("of a video shows what was stored", () => {
		expect(renderJob({ ...report, result: video })).toBe(`talk done in 12.0 s
A talk, 9.4 s, done by cpu@cpu-1/1-0
STORED  SIZE      KEY IN cres
video   4.5 MB    v/talk.mp4
audio   300.0 kB  v/talk.wav
info    812 B     v/talk.json`);
	});

	it("of a video shows what was said, and by which engines", () => {
		expect(spoken({ text: "Hello.", language: "en", summary: "A greeting.", engines: { whisper, llm } })).toEqual([
			"said (en, by faster-whisper base on cuda, float16): Hello.",
			"in short (qwen): A greeting.",
		]);
		expect(
			spoken({
				text: "Hello.",
				summary: "Hello.",
				summaryFallback: "llama is off",
				engines: { whisper: { ...whisper, pretended: true } },
			}),
		).toEqual([
			"said (unknown, by faster-whisper base on cuda, float16; the GPU is pretended): Hello.",
			"in short (fall-back: llama is off): Hello.",
		]);
		expect(spoken({ text: "Hi.", summary: "Hi.", engines: { whisper, llm: null } })[1]).toBe("in short (unknown): Hi.");
		expect(spoken({ text: "" })).toEqual(["said (unknown, by unknown): "]);
	});
});
