import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import {
	appendRelease,
	currentRelease,
	readRecentReleases,
	readReleases,
	type Release,
} from "../../src/state/releases.ts";
import { temporaryDirectory } from "./temporary.ts";

const release = (id: string, outcome: Release["outcome"] = "live"): Release => ({
	id,
	instance: "cpu-1",
	at: "2026-11-23T10:15:00.000Z",
	image: `registry/app@sha256:${id}`,
	digest: `sha256:${id}`,
	buildId: id,
	generation: 1,
	spec: { env: { A: "1" }, secrets: { B: "0123456789abcdef" }, roles: ["cpu"], gpu: false },
	specHash: "0123456789abcdef",
	outcome,
	durationMs: 1200,
	by: "ann@pc",
	fence: 7,
});

it("keeps the releases of an instance, and the one behind a line that a crash cut short", async () => {
	const state = await temporaryDirectory();
	expect(await readReleases(state, "cpu-1")).toEqual([]);
	await appendRelease(state, release("a"));
	await appendFile(join(state, "releases", "cpu-1.jsonl"), '{"v":1,"sum":"01234567","record":{"id":"torn"');
	await appendRelease(state, release("b"));
	await appendRelease(state, release("c", "rolled-back"));
	const releases = await readReleases(state, "cpu-1");
	expect(releases).toEqual([release("a"), release("b"), release("c", "rolled-back")]);
	expect(currentRelease(releases)?.id).toBe("b");
	expect(await readReleases(state, "cpu-2")).toEqual([]);
});

it("reads releases of version 0.1, which do not say by whom", async () => {
	const state = await temporaryDirectory();
	await appendRelease(state, release("b"));
	const { by: _, fence: __, ...earlier } = release("a");
	await appendFile(join(state, "releases", "cpu-1.jsonl"), `${JSON.stringify(earlier)}\n`);
	expect(await readReleases(state, "cpu-1")).toEqual([release("b"), earlier]);
	expect(currentRelease([])).toBeUndefined();
});

it("reads of a long record the newest releases, as far back as one went live", async () => {
	const state = await temporaryDirectory();
	const file = join(state, "releases", "cpu-1.jsonl");
	expect(await readRecentReleases(state, "cpu-1")).toEqual([]);
	await appendRelease(state, release("first"));
	expect(await readRecentReleases(state, "cpu-1")).toEqual([release("first")]);
	const failed = { ...release("failed", "rolled-back"), by: "ü".repeat(1000) };
	await appendFile(file, `${JSON.stringify(failed)}\n`.repeat(300));
	expect((await readRecentReleases(state, "cpu-1"))[0]).toEqual(release("first"));
	await appendRelease(state, release("last"));
	const recent = await readRecentReleases(state, "cpu-1");
	expect(recent).toEqual((await readReleases(state, "cpu-1")).slice(-recent.length));
	expect(recent.length).toBeGreaterThan(40);
	expect(recent.length).toBeLessThan(80);
});
