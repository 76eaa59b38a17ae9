import { describe, expect, it } from "vitest";
import { expectedPollers, type Role } from "../../src/contracts/queues.ts";
import { UserError } from "../../src/errors/errors.ts";
import { awaitPollers } from "../../src/temporal/await-pollers.ts";
import type { PollerRow } from "../../src/temporal/pollers.ts";
import type { Heartbeat, Poller } from "../../src/temporal/replies.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";
import { untilPolling } from "../../src/temporal/until-polling.ts";

const NEW = (role: Role) => `${role}@box/new-1`;
const OLD = (role: Role) => `${role}@box/old-1`;
const expected = expectedPollers("v", ["cpu", "gpu"]);

type Change = (world: World) => void;

/** A Temporal whose pollers change with the time of its own clock. */
class World {
	time = 1_000_000;
	readonly polls = new Map<string, Poller[]>();
	beats: Heartbeat[] = [];
	failure: Error | undefined;
	looks = 0;
	readonly #changes: { at: number; change: Change }[] = [];

	/** Does `change` once `ms` have passed. */
	after(ms: number, change: Change): this {
		this.#changes.push({ at: this.time + ms, change });
		return this;
	}

	poll(
		identity: (role: Role) => string,
		queues: readonly string[] = ["v@cpu workflow", "v@cpu activity", "v@gpu activity"],
	) {
		for (const queue of queues) {
			const worker = {
				identity: identity(queue.includes("@gpu") ? "gpu" : "cpu"),
				buildId: "b",
				lastSeenMs: this.time,
			};
			this.polls.set(queue, [...(this.polls.get(queue) ?? []), worker]);
		}
	}

	readonly temporal = {
		queueStatus: async (queue: string, type: string) => {
			if (queue === "v@cpu" && type === "workflow") this.looks++;
			if (this.failure) throw this.failure;
			return { pollers: this.polls.get(`${queue} ${type}`) ?? [], backlog: { count: 0, ageMs: 0 } };
		},
		heartbeats: async () => this.beats,
	} as unknown as Temporal;

	readonly clock = {
		now: () => this.time,
		sleep: async (ms: number, signal: AbortSignal) => {
			signal.throwIfAborted();
			this.time += ms;
			for (const { at, change } of this.#changes) if (at > this.time - ms && at <= this.time) change(this);
		},
	};

	/** Waits at most 3 s for the new container. */
	wait(more: { signal?: AbortSignal; onTick?: (seen: PollerRow[]) => void } = {}) {
		const signal = new AbortController().signal;
		const options = { timeoutMs: 3_000, clock: this.clock as never, signal, ...more };
		return awaitPollers(this.temporal, { expected, identity: NEW }, options);
	}
}

const named = (rows: { queue: string; type: string }[]) => rows.map(({ queue, type }) => `${queue} ${type}`);

describe("a container", () => {
	it("has arrived when it polls every queue itself", async () => {
		const world = new World();
		world.poll(OLD);
		world.after(300, (then) => then.poll(NEW, ["v@cpu workflow", "v@cpu activity"]));
		world.after(600, (then) => then.poll(NEW, ["v@gpu activity"]));
		const ticks: number[] = [];
		const { seen, missing } = await world.wait({ onTick: (rows) => ticks.push(rows.length) });
		expect(seen.map(({ queue, type, identity }) => [queue, type, identity])).toEqual([
			["v@cpu", "workflow", "cpu@box/new-1"],
			["v@cpu", "activity", "cpu@box/new-1"],
			["v@gpu", "activity", "gpu@box/new-1"],
		]);
		expect([missing, ticks, world.time]).toEqual([[], [0, 0, 2, 2, 3], 1_000_600]);
	});

	it("is not there while only others poll, however alive they are", async () => {
		const world = new World();
		world.poll(OLD);
		expect(await world.wait()).toEqual({ seen: [], missing: expected });
		expect(world.time).toBe(1_003_000);
	});

	it("has not arrived by the polls of its other role, queue or type", async () => {
		const world = new World();
		world.poll(() => NEW("gpu"), ["v@cpu workflow", "v@cpu activity"]);
		world.poll(() => NEW("cpu"), ["v@gpu activity"]);
		expect((await world.wait()).seen).toEqual([]);
		const half = new World();
		half.poll(NEW, ["v@cpu workflow"]);
		const { seen, missing } = await half.wait();
		expect([named(seen), named(missing)]).toEqual([["v@cpu workflow"], ["v@cpu activity", "v@gpu activity"]]);
	});

	it("has not arrived by a poll of long ago", async () => {
		const world = new World();
		world.poll(NEW);
		world.time += 100_000;
		expect((await world.wait()).missing).toEqual(expected);
	});

	it("that came at the last look has arrived", async () => {
		const world = new World().after(3_000, (then) => then.poll(NEW));
		expect((await world.wait()).missing).toEqual([]);
	});
});

describe("a Temporal that does not answer", () => {
	const silence = new UserError("temporal_unreachable", "no answer");

	it("is waited for", async () => {
		const world = new World().after(1_500, (then) => {
			then.failure = undefined;
			then.poll(NEW);
		});
		world.failure = silence;
		const ticks: number[] = [];
		expect((await world.wait({ onTick: (rows) => ticks.push(rows.length) })).missing).toEqual([]);
		expect(ticks).toEqual([3]);
	});

	it("at the end either is the failure", async () => {
		const world = new World();
		world.failure = silence;
		await expect(world.wait()).rejects.toBe(silence);
		expect(world.time).toBe(1_003_000);
	});

	it("is not one that refuses: that fails at once", async () => {
		const world = new World();
		world.failure = new UserError("temporal_unauthorized", "no");
		await expect(world.wait()).rejects.toBe(world.failure);
		expect([world.time, world.looks]).toEqual([1_000_000, 1]);
	});
});

it("whoever waits can stop, before the next look and in between", async () => {
	const world = new World();
	const stopped = AbortSignal.abort(new Error("stop"));
	await expect(world.wait({ signal: stopped })).rejects.toThrow("stop");
	expect(world.looks).toBe(0);
	const stop = new AbortController();
	world.after(300, () => stop.abort(new Error("stop")));
	await expect(world.wait({ signal: stop.signal })).rejects.toThrow("stop");
	expect(world.looks).toBe(2);
});

it("whoever waits for polls waits for no look at the worker that is under way", async () => {
	const world = new World();
	const assertAlive = () => {
		world.poll(NEW);
		return new Promise<never>(() => {});
	};
	const worker = { expected, identity: NEW, assertAlive, lookEveryMs: 10 };
	const { signal } = new AbortController();
	const { temporal, clock } = world;
	const options = { temporal, clock: clock as never, signal, timeoutMs: 3_000, report: () => {} };
	expect(await untilPolling(worker, options)).toHaveLength(3);
});
