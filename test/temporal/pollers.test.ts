import { describe, expect, it } from "vitest";
import { expectedPollers } from "../../src/contracts/queues.ts";
import { judge, observePollers } from "../../src/temporal/pollers.ts";
import type { Heartbeat, Poller } from "../../src/temporal/replies.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { createSkew } from "../../src/system/clock.ts";
import { serve } from "../support/loopback-server.ts";
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
		["polls, last word after it and long ago", poll(89_000), beat(60_000), "STALE"],
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
		["polled just in time", poll(90_000), undefined, "LIVE"],
		["known just in time", poll(300_000), undefined, "STALE"],
		["heartbeat just in time", undefined, beat(30_000), "LIVE"],
		["every slot taken, poll just in time", poll(90_000), beat(5_000, { available: 0 }), "LIVE"],
		["polled at the moment it stopped", poll(5_000), beat(5_000, { running: false }), "STALE"],
		["stopped, and was never seen to poll", undefined, beat(5_000, { running: false }), "GONE"],
		["nothing", undefined, undefined, "GONE"],
		["polls, last word just before it, both long ago", poll(45_000), beat(50_000), "STALE"],
		["polls, last word just before it, not long ago", poll(30_000), beat(31_000), "LIVE"],
		["polls, last word well before it", poll(45_000), beat(76_000), "LIVE"],
		["polls, last word just too soon before it", poll(45_000), beat(75_000), "STALE"],
	] as const)("%s", (_case, row, heartbeat, verdict) => {
		const polls = row ? [row.lastSeenMs] : [];
		expect(judge({ poll: row?.lastSeenMs, polls, beat: heartbeat }, NOW)).toBe(verdict);
	});

	it("F18: is one for all rows of a worker that is dead, by the poll that it ended first", () => {
		const polls = [NOW - 95_000, NOW - 70_000];
		for (const one of polls) expect(judge({ poll: one, polls, beat: undefined }, NOW)).toBe("STALE");
		for (const one of polls) expect(judge({ poll: one, polls, beat: beat(72_000) }, NOW)).toBe("STALE");
		for (const one of polls) expect(judge({ poll: one, polls, beat: beat(5_000) }, NOW)).toBe("LIVE");
	});
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

	it("F18: has one verdict for a container that was removed 68 s ago", async () => {
		const identity = "cpu@a/1-0";
		const ages: Record<string, number> = { workflow: 97_000, activity: 71_000 };
		const temporal = {
			...knowing([], []),
			queueStatus: async (_queue: string, type: string) => ({
				pollers: [{ identity, buildId: "1", ...poll(ages[type]!) }],
				backlog: { count: 0, ageMs: 0 },
			}),
		} as unknown as Temporal;
		const { rows, missing } = await observePollers(temporal, expectedPollers("video", ["cpu"]), clock);
		expect(rows.map(({ verdict }) => verdict)).toEqual(["STALE", "STALE"]);
		expect(missing).toHaveLength(2);
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

	it("asks each queue once for its heartbeats, and takes a worker's latest", async () => {
		const asked: string[] = [];
		const of = (ageMs: number, buildId: string, queue = "video@cpu", identity = "cpu@a/1-0") => ({
			identity,
			buildId,
			queue,
			...beat(ageMs),
		});
		const beats = [
			of(9_000, "old"),
			of(2_000, "new"),
			of(5_000, "mid"),
			of(1_000, "other", "video@gpu"),
			of(1, "b", "video@cpu", "b"),
		];
		const known = knowing([{ identity: "cpu@a/1-0", buildId: undefined, ...poll(100_000) }], beats);
		const temporal = { ...known, heartbeats: (queue: string) => (asked.push(queue), known.heartbeats(queue)) };
		const { rows } = await observePollers(temporal, expected, clock);
		expect(asked).toEqual(["video@cpu", "video@gpu"]);
		expect(rows).toHaveLength(2);
		expect(rows[0]).toMatchObject({ buildId: "new", lastSeenMs: NOW - 2_000, verdict: "LIVE" });
	});

	it("shows a worker that polls and has every slot taken once", async () => {
		const busy = { identity: "cpu@a/1-0", buildId: "1", queue: "video@cpu", ...beat(4_000, { available: 0 }) };
		const pollers = [{ identity: "cpu@a/1-0", buildId: "2", ...poll(95_000) }];
		const { rows, missing } = await observePollers(knowing(pollers, [busy]), expectedPollers("video", ["cpu"]), clock);
		expect(rows.map(({ type, buildId, verdict, lastSeenMs }) => [type, buildId, verdict, lastSeenMs])).toEqual([
			["workflow", "2", "BUSY", NOW - 4_000],
			["activity", "2", "BUSY", NOW - 4_000],
		]);
		expect(missing).toEqual([]);
	});

	it("shows a busy worker beside the others that poll", async () => {
		const busy = { identity: "gpu@b/2-0", buildId: "2", queue: "video@cpu", ...beat(4_000, { available: 0 }) };
		const pollers = [{ identity: "cpu@a/1-0", buildId: "1", ...poll(1_000) }];
		const { rows } = await observePollers(knowing(pollers, [busy]), expectedPollers("video", ["cpu"]), clock);
		expect(rows.map(({ type, identity, verdict }) => [type, identity, verdict])).toEqual([
			["workflow", "cpu@a/1-0", "LIVE"],
			["activity", "cpu@a/1-0", "LIVE"],
			["activity", "gpu@b/2-0", "BUSY"],
		]);
	});

	it("knows a silent worker by its activities alone", async () => {
		const busy = { identity: "cpu@a/1-0", buildId: undefined, queue: "video@cpu", ...beat(4_000, { available: 0 }) };
		const { rows, missing } = await observePollers(knowing([], [busy]), expectedPollers("video", ["cpu"]), clock);
		expect(rows.map(({ type, buildId }) => [type, buildId])).toEqual([["activity", null]]);
		expect(missing).toEqual([{ queue: "video@cpu", type: "workflow", role: "cpu" }]);
		const free = { ...busy, ...beat(4_000) };
		expect((await observePollers(knowing([], [free]), expected, clock)).rows).toEqual([]);
	});
});

describe("M38: with a clock that is minutes off", () => {
	const expected = expectedPollers("video", ["gpu"]);
	const polled = { pollers: [{ identity: "w", buildId: undefined, lastSeenMs: NOW }], backlog: { count: 0, ageMs: 0 } };
	const temporal = { queueStatus: async () => polled, heartbeats: async () => [] } as Partial<Temporal> as Temporal;
	const verdicts = async (localMs: number, ahead?: () => number) => {
		const seen = await observePollers({ ...temporal, ...(ahead ? { ahead } : {}) }, expected, { now: () => localMs });
		return [...new Set(seen.rows.map(({ verdict }) => verdict))];
	};

	it("polls are judged by the server's time, as far as it is known", async () => {
		const minutes = 3 * 60_000;
		expect(await verdicts(NOW + minutes)).toEqual(["STALE"]);
		expect(await verdicts(NOW + minutes, () => minutes)).toEqual(["LIVE"]);
		// The registry's clock may be the one that is wrong: it makes no worker look dead.
		expect(await verdicts(NOW, () => -minutes)).toEqual(["LIVE"]);
	});

	it("behind the server's, no dead worker looks alive beside one that polls", async () => {
		const dead = { identity: "dead", buildId: undefined, lastSeenMs: NOW - 4 * 60_000 };
		const both = { ...polled, pollers: [...polled.pollers, dead] };
		const seen = await observePollers({ ...temporal, queueStatus: async () => both } as Temporal, expected, {
			now: () => NOW - 5 * 60_000,
		});
		const verdictOf = (name: string) => seen.rows.find(({ identity }) => identity === name)?.verdict;
		expect([verdictOf("w"), verdictOf("dead")]).toEqual(["LIVE", "STALE"]);
	});

	it("the registry's answers tell the difference, and a small one counts for nothing", async () => {
		const date = (ms: number) => new Date(ms).toUTCString();
		const replies = [
			{ date: date(Date.now() - 180_000) },
			{ date: date(Date.now() - 5_000) },
			{ age: "9", date: date(0) },
		];
		const server = await serve(() => ({ status: 200, headers: replies.shift() as Record<string, string> }));
		const skew = createSkew();
		const registry = createRegistry({ address: server.host, tls: false }, undefined, { skew });
		expect(skew.ahead()).toBe(0);
		await registry.ping();
		expect(Math.abs(skew.ahead() - 180_000)).toBeLessThan(5_000);
		expect(skew.whom).toBe(server.host);
		await registry.ping();
		expect(skew.ahead()).toBe(0);
		await registry.ping();
		expect(skew.ahead()).toBe(0);
	});
});
