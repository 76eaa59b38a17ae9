import { describe, expect, it } from "vitest";
import { expectedPollers } from "../../src/contracts/queues.ts";
import { judge, observePollers } from "../../src/temporal/pollers.ts";
import type { Heartbeat, Poller } from "../../src/temporal/replies.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";

const NOW = 1_000_000_000;
const poll = (ageMs: number) => ({ lastSeenMs: NOW - ageMs });
const beat = (ageMs: number, { running = true, available = 3 } = {}) => ({
	atMs: NOW - ageMs,
	running,
	slots: { used: 4 - available, available },
});

describe("judge", () => {
	it.each([
		["polls", poll(70_000), undefined, "LIVE"],
		["polls, last word long ago", poll(89_000), beat(60_000), "LIVE"],
		["beats, its poll row is old", poll(200_000), beat(20_000), "LIVE"],
		["beats without a poll row", undefined, beat(5_000), "LIVE"],
		["beats, every slot taken, row gone", undefined, beat(5_000, { available: 0 }), "BUSY"],
		["beats, every slot taken, poll recent", poll(10_000), beat(5_000, { available: 0 }), "LIVE"],
		["no word for long", poll(91_000), undefined, "STALE"],
		["neither word is fresh", poll(200_000), beat(31_000), "STALE"],
		["said that it stops", poll(10_000), beat(5_000, { running: false }), "STALE"],
		["polled again after it stopped", poll(2_000), beat(5_000, { running: false }), "LIVE"],
		["forgotten", poll(301_000), undefined, "GONE"],
		["all slots taken, heart stopped", undefined, beat(31_000, { available: 0 }), "GONE"],
		["nothing", undefined, undefined, "GONE"],
	] as const)("%s", (_case, row, heartbeat, verdict) => expect(judge(row, heartbeat, NOW)).toBe(verdict));
});

/** A Temporal that knows these pollers and heartbeats, on every queue and type alike. */
const knowing = (pollers: Poller[], beats: Heartbeat[]): Temporal =>
	({
		queueStatus: async (queue: string) => ({
			pollers: queue.endsWith("@cpu") ? pollers : [],
			backlog: { count: 2, ageMs: 500 },
		}),
		heartbeats: async (queue: string) => beats.filter((one) => one.queue === queue),
	}) as unknown as Temporal;

const clock = { now: () => NOW };

describe("observePollers", () => {
	const expected = expectedPollers("video", ["cpu", "gpu"]);

	it("gives each worker one row a queue and type, and names what nobody serves", async () => {
		const pollers = [{ identity: "cpu@a/1-0", buildId: "1", ...poll(1_000) }];
		const report = await observePollers(knowing(pollers, []), expected, clock);
		expect(report.rows.map(({ queue, type, identity, verdict }) => [queue, type, identity, verdict])).toEqual([
			["video@cpu", "workflow", "cpu@a/1-0", "LIVE"],
			["video@cpu", "activity", "cpu@a/1-0", "LIVE"],
		]);
		expect(report.missing).toEqual([{ queue: "video@gpu", type: "activity", role: "gpu" }]);
		expect(report.backlog[0]).toEqual({ queue: "video@cpu", type: "workflow", count: 2, ageMs: 500 });
	});

	it("keeps a worker that is too busy to poll, by its heartbeat", async () => {
		const busy = { identity: "gpu@b/2-0", buildId: "2", queue: "video@gpu", ...beat(4_000, { available: 0 }) };
		const report = await observePollers(knowing([], [busy]), expectedPollers("video", ["gpu"]), clock);
		expect(report.rows).toEqual([
			{
				queue: "video@gpu",
				type: "activity",
				role: "gpu",
				identity: "gpu@b/2-0",
				buildId: "2",
				lastSeenMs: NOW - 4_000,
				verdict: "BUSY",
			},
		]);
		expect(report.missing).toEqual([]);
	});

	it("counts a stale row as nobody", async () => {
		const pollers = [{ identity: "cpu@a/1-0", buildId: undefined, ...poll(120_000) }];
		const { rows, missing } = await observePollers(knowing(pollers, []), expectedPollers("video", ["cpu"]), clock);
		expect(rows.map(({ verdict, buildId }) => [verdict, buildId])).toEqual([
			["STALE", null],
			["STALE", null],
		]);
		expect(missing).toHaveLength(2);
	});
});
