import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { paint } from "../../src/cli/paint.ts";
import type { Initialized } from "../../src/config/init.ts";
import { renderInit } from "../../src/config/render-init.ts";
import type { Build, BuildResult } from "../../src/image/build.ts";
import { renderBuild } from "../../src/image/render.ts";
import { renderLine, type ShownLine } from "../../src/logs/read.ts";
import { digestOf } from "../../src/registry/image-reference.ts";
import { renderJob } from "../../src/temporal/render-job.ts";
import type { JobReport } from "../../src/temporal/run-job.ts";
import { documentedFields } from "../support/documented-json.ts";

const DIGEST = digestOf(`sha256:${"a".repeat(64)}`);

const built: BuildResult = {
	...{ image: "base", flavour: "cpu", repository: "ghcr.io/owner/app", digest: DIGEST, localImage: null },
	...{ buildId: "0a1b2c3d4e5f", inputs: "b".repeat(64), keyTag: `inputs-${"b".repeat(12)}`, skipped: true },
	...{ reason: "same inputs", layers: 12, compressedBytes: 330_200_000, pushedBytes: 0, durationMs: 140 },
};
const build: Build = {
	images: [
		built,
		{ ...built, image: "app", skipped: false, reason: "new inputs", pushedBytes: 1_200_000, durationMs: 8_500 },
	],
	durationMs: 8_640,
};
const notPushed: Build = {
	images: [{ ...built, digest: null, localImage: "app:0a1b2c3d4e5f", skipped: false }],
	durationMs: 8_500,
};

const line = (instance: string, program: string | null, text: string): ShownLine => ({
	...{ instance, program, text },
	at: "2026-11-23T10:15:00.000Z",
});
const lines = [
	line("cpu-1", "supervisord", "2026-11-23 10:15:00,000 INFO stopped: api (exit status 0)"),
	line("cpu-1", "worker-cpu", "  fail  interrupted  unreachable"),
	line("gpu-1", null, "✖ ok"),
];
const shown = (several: boolean) => lines.map((one) => renderLine(one, several)).join("\n");

const object = (key: string, size: number) => ({ key, bytes: size, sha256: "c".repeat(64), contentType: "video/mp4" });
const job: JobReport & { saved: string[] } = {
	...{ workflow: "VideoProcessingWorkflow", workflowId: "video-0123456789ab", runId: "r" },
	...{ queue: "video-processing@cpu", joined: false, finished: true, durationMs: 62_000, saved: [] },
	result: {
		...{ title: "A talk", durationSeconds: 61, bucket: "results", worker: "cpu@cpu-1/0a1b2c3d4e5f-1b2c3d4e" },
		...{ url: "https://example.com/talk.mp4", videoId: "talk", video: object("videos/talk.mp4", 12_300_000) },
		...{ audio: object("audio/talk.m4a", 1_230_000), info: object("info/talk.json", 12_300) },
	},
};

const init: Initialized = {
	...{ directory: "/project", dryRun: false, github: [] },
	files: [
		{ path: "cres.yaml", state: "written" },
		{ path: ".env", state: "kept" },
		{ path: ".gitignore", state: "extended" },
	],
	missing: ["set image.repository in cres.yaml"],
	next: ["cres doctor", "cres build --push"],
};

/** Of what other programs wrote nothing is coloured. */
const foreign = (text: string): string => text;
const ours = (text: string): string => paint(text, new Chalk({ level: 1 }));

const documented = await documentedFields();

describe.each<[screen: string, command: string, json: object, text: string, colour: (text: string) => string]>([
	["build --push", "build", build, renderBuild(build), ours],
	["build", "build", notPushed, renderBuild(notPushed), ours],
	["logs", "logs", { instances: ["cpu-1"], lines }, shown(false), foreign],
	["logs --all", "logs", { instances: ["cpu-1", "gpu-1"], lines }, shown(true), foreign],
	["run", "run", job, renderJob(job), ours],
	["run --no-wait", "run", job, renderJob({ ...job, finished: false, result: null }), ours],
	["init", "init", init, renderInit(init), ours],
	["init --dry-run", "init", init, renderInit({ ...init, dryRun: true }), ours],
])("%s", (_screen, command, json, text, colour) => {
	it("is this text within 80 columns but for digests, without and with colours", () => {
		expect(text).toMatchSnapshot("text");
		expect(text.split("\n").filter((one) => one.length > 80 && !one.includes("@sha256:"))).toEqual([]);
		expect(colour(text).replaceAll("\u001B", "")).toMatchSnapshot("coloured");
	});

	it("has the fields under --json that the guide documents", () => {
		expect(Object.keys(json).toSorted()).toEqual(documented.get(command)?.toSorted());
		expect(JSON.stringify(json, null, 2)).toMatchSnapshot("JSON");
	});
});
