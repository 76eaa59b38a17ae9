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
	const other = { spec: { ...spec, env: { COLOUR: "red" } }, specHash: "s2" };

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
		expect(rollbackTarget([a, release("2", "aaa", other)], "cpu-1").id).toBe("1");
	});

	it("finds --to by digest, build id or release id", () => {
		expect(["sha256:aaa", "aaa", "1"].map((wanted) => rollbackTarget([a, b], "cpu-1", wanted).id)).toEqual([
			"1",
			"1",
			"1",
		]);
	});

	it("F6: takes for --to BUILD a release that differs from the current one, if there is any", () => {
		const red = release("2", "aaa", other);
		expect(rollbackTarget([a, red], "cpu-1", "aaa").id).toBe("1");
		expect(rollbackTarget([a], "cpu-1", "aaa").id).toBe("1");
	});

	it("F6: never takes a release that differs by its secrets alone: their values of today are used", () => {
		const rotated = { spec: { ...spec, secrets: { KEY: "fingerprint" } }, specHash: "s3" };
		expect(() => rollbackTarget([a, release("2", "aaa", rotated)], "cpu-1")).toThrow(
			expect.objectContaining({ code: "no_earlier_release", hint: expect.not.stringContaining("--to") as unknown }),
		);
	});

	it("names the choices by release id when --to is unknown", () => {
		expect(() => rollbackTarget([a, b], "cpu-1", "zzz")).toThrow(
			expect.objectContaining({
				code: "unknown_release",
				exit: "usage",
				hint: "cres rollback cpu-1 --to ID, with one of these IDs:\n    1: build aaa",
			}),
		);
	});

	it("F6: after going back to the first release, offers the others with what differs, each once", () => {
		const red = release("2", "bbb", other);
		const again = release("3", "bbb", other);
		const back = release("4", "aaa", { replays: "1" });
		expect(() => rollbackTarget([a, red, again, back], "cpu-1")).toThrow(
			expect.objectContaining({
				message: "cpu-1 has no release before the current one (4, build aaa)",
				hint: "cres rollback cpu-1 --to ID, with one of these IDs:\n    3: build bbb, COLOUR",
			}),
		);
	});

	it("F6: says plainly after a first deploy that there is nothing to roll back to", () => {
		expect(() => rollbackTarget([a], "cpu-1")).toThrow(
			expect.objectContaining({
				code: "no_earlier_release",
				message: "cpu-1 has no release but the current one (1, build aaa): there is nothing to roll back to",
				hint: "cres deploy cpu-1 --image deploys any image of the registry",
			}),
		);
		expect(() => rollbackTarget([], "cpu-1")).toThrow(
			expect.objectContaining({
				message: "cpu-1 has no release on record: there is nothing to roll back to",
				hint: "cres deploy cpu-1",
			}),
		);
	});
});
