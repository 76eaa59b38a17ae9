import { describe, expect, it } from "vitest";
import { renderFleet, type FleetRow } from "../../src/rollout/fleet.ts";
import { renderLife } from "../../src/rollout/lifecycle.ts";
import { renderRollout } from "../../src/rollout/render.ts";
import { rolloutResult } from "../support/rollout-result.ts";

const failure = { code: "never_polled", message: "it did not poll", hint: "cres logs api" };

describe("what a rollout prints", () => {
	it("live: what runs, what was seen, how long, and how to undo it", () => {
		expect(renderRollout(rolloutResult({ changedSettings: ["COLOUR", "memory"] }))).toBe(
			[
				`api runs bbb (sha256:${"b".repeat(64)}), generation 7; before: aaa`,
				"  settings that differ: COLOUR, memory",
				"  health: ok",
				"  polls jobs@cpu (activity) as cpu@api/bbb-01234567",
				"  pull 1.20 s · start 0.34 s · total 2.50 s",
				"undo: cres rollback api --to r1",
			].join("\n"),
		);
	});

	it("live for the first time: nothing before, nothing to undo", () => {
		const lines = renderRollout(rolloutResult({ previous: null, undo: null, seen: [], pollers: [] })).split("\n");
		expect(lines).toHaveLength(2);
		expect(lines[0]).toMatch(/generation 7; before: nothing$/);
	});

	it("unchanged: one line", () => {
		expect(renderRollout(rolloutResult({ outcome: "unchanged" }))).toBe(
			"api already runs bbb (sha256:bbbbbbbbbbbb) with this run spec and polls: nothing to do",
		);
	});

	it("planned: the numbered steps", () => {
		const planned = rolloutResult({ outcome: "planned", changedSettings: ["COLOUR"] });
		expect(renderRollout(planned)).toBe(
			["api: aaa → bbb", "  settings that differ: COLOUR", "  1. pull it", "  2. start it"].join("\n"),
		);
		expect(renderRollout({ ...planned, previous: null, changedSettings: [] }).split("\n")[0]).toBe(
			"api: nothing → bbb",
		);
	});

	it("rolled back: the last log lines, why, what runs and what is next", () => {
		const back = rolloutResult({ outcome: "rolled-back", failure, logTail: ["one", "two"] });
		const lines = [
			...["  | one", "  | two", "bbb did not go live on api: it did not poll", "  → cres logs api"],
			...["aaa runs again and polls", "next: correct the cause, then run the same command again"],
		];
		expect(renderRollout(back)).toBe(lines.join("\n"));
		expect(renderRollout({ ...back, pollers: [] })).toContain("aaa runs again (polls not verified)");
	});

	it("failed where nothing ran before", () => {
		const failed = rolloutResult({ outcome: "failed", failure: { ...failure, hint: null }, previous: null });
		expect(renderRollout(failed)).toBe(
			[
				"bbb did not go live on api: it did not poll",
				"api runs nothing, as before",
				"next: correct the cause, then run the same command again",
			].join("\n"),
		);
	});
});

describe("what a fleet prints", () => {
	const row = (instance: string, change: Partial<FleetRow>): FleetRow => ({
		...{ instance, outcome: "live", rollout: null, error: null },
		...change,
	});
	const live = row("a", { rollout: rolloutResult() });

	it("is a line for each instance, and what is next for those that are not done", () => {
		const unchanged = rolloutResult({ outcome: "unchanged" });
		const back = rolloutResult({ outcome: "rolled-back", failure });
		const instances = [
			...[live, row("b", { outcome: "unchanged", rollout: unchanged })],
			row("c", { outcome: "rolled-back", rollout: back }),
			row("d", { outcome: "error", error: { code: "x", message: "no way", hint: "mend it" } }),
			row("e", { outcome: "error", error: { code: "x", message: "no way", hint: null } }),
			row("f", { outcome: "skipped" }),
		];
		expect(renderFleet({ instances, halted: true, durationMs: 61_500 })).toBe(
			[
				...["a: aaa → bbb (live)", "b: already runs bbb", "c: rolled-back: it did not poll", "d: no way → mend it"],
				...["e: no way", "f: not begun", "2 of 6 are done after 61.5 s; halted"],
				"next: correct the cause, then run the same command for c d e f",
			].join("\n"),
		);
	});

	it("ends with the count when all are done", () => {
		const fresh = row("b", { rollout: rolloutResult({ previous: null }) });
		expect(renderFleet({ instances: [live, fresh], halted: false, durationMs: 1000 })).toBe(
			["a: aaa → bbb (live)", "b: nothing → bbb (live)", "2 of 2 are done after 1.0 s"].join("\n"),
		);
	});
});

describe("what stop, start and restart print", () => {
	const [poller] = rolloutResult().pollers;
	const life = { instance: "api", buildId: "bbb", changed: true, pollers: [] };

	it("is one line", () => {
		const pollers = [poller!, { ...poller!, type: "workflow" as const }, { ...poller!, queue: "jobs@gpu" }];
		expect(renderLife({ ...life, action: "restart", running: true, pollers })).toBe(
			"api: restart done; bbb runs and polls jobs@cpu, jobs@gpu",
		);
		expect(renderLife({ ...life, action: "stop", running: false })).toBe("api: stop done; bbb is stopped");
		expect(renderLife({ ...life, action: "stop", running: false, changed: false })).toBe(
			"api: nothing to stop; bbb is stopped",
		);
	});
});
