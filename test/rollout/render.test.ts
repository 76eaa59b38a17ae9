import { describe, expect, it } from "vitest";
import type { FleetRow } from "../../src/rollout/fleet.ts";
import { renderLife } from "../../src/rollout/lifecycle.ts";
import { fleetExit, fleetFailures, renderFleet } from "../../src/rollout/render-fleet.ts";
import { renderLog, renderRollout, rolloutFailures } from "../../src/rollout/render.ts";
import type { Rollout } from "../../src/rollout/report.ts";
import { DIGESTS, rolloutResult } from "../support/rollout-result.ts";

const COLOUR = { name: "COLOUR", secret: false, before: "red", after: "blue" };
const KEY = { name: "KEY", secret: true, before: null, after: null };

const failure = { code: "never_polled", message: "it did not poll", hint: "cres logs api" };

describe("what a rollout prints", () => {
	it("live: what runs, what was seen, how long, and how to undo it", () => {
		expect(renderRollout(rolloutResult({ settingChanges: [COLOUR] }))).toBe(
			[
				`api runs bbb (sha256:${"b".repeat(64)}), generation 7; before: aaa`,
				"  COLOUR: red → blue",
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

	it("planned: what changes, and the numbered steps", () => {
		const planned = rolloutResult({ outcome: "planned", settingChanges: [COLOUR, KEY] });
		expect(renderRollout(planned)).toBe(
			["api: aaa → bbb", "  COLOUR: red → blue", "  KEY: changed", "  1. pull it", "  2. start it"].join("\n"),
		);
		const first = (change: Partial<Rollout>) => renderRollout({ ...planned, ...change }).split("\n")[0];
		expect(first({ previous: null })).toBe("api: nothing → bbb");
		const same = { buildId: "bbb", digest: DIGESTS.next };
		expect(first({ previous: same })).toBe("api: bbb with changed settings");
		expect(first({ previous: same, settingChanges: [] })).toBe("api: bbb again");
	});

	it("that failed is no data: why, what runs, and what is next are told elsewhere", () => {
		const back = rolloutResult({ outcome: "rolled-back", failure, logTail: ["one", "two"] });
		expect(renderRollout(back)).toBe("");
		expect(renderLog(back)).toEqual(["  | one", "  | two"]);
		expect(rolloutFailures(back, "cres deploy api")).toEqual([
			{
				message: "bbb did not go live on api: it did not poll\n  aaa runs again and polls",
				hint: "cres logs api\n  → fix the problem, then run: cres deploy api",
				code: "never_polled",
			},
		]);
		expect(rolloutFailures({ ...back, pollers: [] }, "cres deploy api")[0]!.message).toContain(
			"aaa runs again (polls not verified)",
		);
		const first = { ...back, previous: null, failure: { ...failure, hint: null } };
		expect(rolloutFailures(first, "cres deploy api")).toEqual([
			{
				message: "bbb did not go live on api: it did not poll\n  api runs nothing, as before",
				hint: "fix the problem, then run: cres deploy api",
				code: "never_polled",
			},
		]);
		expect(rolloutFailures(rolloutResult(), "cres deploy api")).toEqual([]);
	});
});

describe("what a fleet prints", () => {
	const row = (instance: string, change: Partial<FleetRow>): FleetRow => ({
		...{ instance, outcome: "live", rollout: null, error: null },
		...change,
	});
	const live = row("a", { rollout: rolloutResult() });
	const back = rolloutResult({ outcome: "rolled-back", failure });

	it("is a line for each instance; why some failed and what is next are told elsewhere", () => {
		const unchanged = rolloutResult({ outcome: "unchanged" });
		const instances = [
			...[live, row("b", { outcome: "unchanged", rollout: unchanged })],
			row("c", { outcome: "rolled-back", rollout: back }),
			row("d", { outcome: "error", error: { code: "x", message: "no way", hint: "see there", stack: null } }),
			row("e", { outcome: "error", error: { code: "x", message: "no way", hint: null, stack: null } }),
			row("f", { outcome: "skipped" }),
		];
		const fleet = { instances, halted: true, durationMs: 61_500 };
		expect(renderFleet(fleet)).toBe(
			[
				...["a: aaa → bbb (live)", "b: already runs bbb", "c: rolled-back", "d: failed", "e: failed"],
				...["f: not begun", "2 of 6 done (61.5 s); halted"],
			].join("\n"),
		);
		expect(fleetFailures(fleet)).toEqual([
			{ code: "never_polled", message: "c: it did not poll", hint: "cres logs api" },
			{ code: "x", message: "d: no way", hint: "see there" },
			{ code: "x", message: "e: no way", hint: "fix the problem, then run the same command for c d e f" },
		]);
		const last = { ...fleet, instances: instances.slice(0, 4) };
		expect(fleetFailures(last).at(-1)!.hint).toBe("see there\n  → fix the problem, then run the same command for c d");
	});

	it("has the stack of a defect, and ends as a defect of one instance, a failure, or well", () => {
		const stack = "TypeError: no\n    at deploy (src/rollout/deploy.ts:1:1)";
		const bug = row("c", { outcome: "error", error: { code: "bug", message: "no", hint: null, stack } });
		const fleetOf = (...instances: FleetRow[]) => ({ instances, halted: false, durationMs: 1 });
		expect(fleetFailures(fleetOf(live, bug))[0]!.message).toBe(`c: bug in cres: ${stack}`);
		const failed = row("b", { outcome: "rolled-back", rollout: back });
		expect(fleetExit(fleetOf(live, failed, bug))).toBe("bug");
		expect(fleetExit(fleetOf(live, failed))).toBe("partial");
		expect(fleetExit(fleetOf(live, row("d", { outcome: "skipped" })))).toBe("ok");
	});

	it("ends with the count when all are done", () => {
		const fresh = row("b", { rollout: rolloutResult({ previous: null }) });
		expect(renderFleet({ instances: [live, fresh], halted: false, durationMs: 1000 })).toBe(
			["a: aaa → bbb (live)", "b: nothing → bbb (live)", "2 of 2 done (1.0 s)"].join("\n"),
		);
	});

	it("says of a dry run that it is planned, with the settings that would change", () => {
		const rollout = rolloutResult({ outcome: "planned", settingChanges: [COLOUR] });
		const planned = row("a", { outcome: "planned", rollout });
		expect(renderFleet({ instances: [planned], halted: false, durationMs: 1000 })).toBe(
			["a: aaa → bbb (planned)", "  COLOUR: red → blue", "1 of 1 planned, nothing was changed (1.0 s)"].join("\n"),
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
