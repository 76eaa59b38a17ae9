import { describe, expect, it } from "vitest";
import { rollbackTarget } from "../../src/rollout/rollback-target.ts";
import type { Release } from "../../src/state/releases.ts";

const spec = { env: {}, secrets: {}, roles: ["cpu" as const], gpu: false };
const release = (id: string, build: string, more: Partial<Release> = {}): Release => ({
	id,
	instance: "cpu-1",
	at: "2026-01-01T00:00:00.000Z",
	image: `r/app@sha256:${build}`,
	digest: `sha256:${build}`,
	buildId: build,
	generation: 1,
	spec,
	specHash: "s1",
	outcome: "live",
	durationMs: 1,
	...more,
});

describe("rollbackTarget", () => {
	const a = release("1", "aaa");
	const b = release("2", "bbb");
	const c = release("3", "ccc");

	it("is the release before the current one", () => {
		expect(rollbackTarget([a, b], "cpu-1").id).toBe("1");
	});

	it("passes over releases that did not go live", () => {
		expect(rollbackTarget([a, release("x", "bad", { outcome: "rolled-back" }), b], "cpu-1").id).toBe("1");
	});

	it("goes further back after a rollback instead of forth again", () => {
		const back = release("4", "bbb", { replays: "2" });
		expect(rollbackTarget([a, b, c, back], "cpu-1").id).toBe("1");
	});

	it("takes another run spec of the same digest for another release", () => {
		expect(rollbackTarget([a, release("2", "aaa", { specHash: "s2" })], "cpu-1").id).toBe("1");
	});

	it("finds --to by digest, build id or release id", () => {
		expect(["sha256:aaa", "aaa", "1"].map((wanted) => rollbackTarget([a, b], "cpu-1", wanted).id)).toEqual([
			"1",
			"1",
			"1",
		]);
	});

	it("names the choices when --to is unknown", () => {
		expect(() => rollbackTarget([a, b], "cpu-1", "zzz")).toThrow(
			expect.objectContaining({
				code: "unknown_release",
				exit: "usage",
				hint: "cres rollback cpu-1 --to one of: aaa (sha256:aaa), bbb (sha256:bbb)",
			}),
		);
	});

	it("says so when there is nothing before", () => {
		expect(() => rollbackTarget([a], "cpu-1")).toThrow(expect.objectContaining({ code: "no_earlier_release" }));
		expect(() => rollbackTarget([], "cpu-1")).toThrow(expect.objectContaining({ hint: "cres deploy cpu-1" }));
	});
});
