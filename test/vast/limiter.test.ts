import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { scaledClock, systemClock } from "../../src/system/clock.ts";
import { createLimiter, limiterFor } from "../../src/vast/limiter.ts";
import { clientOf, errorOf, json, plain, rawContract, startPlatform, type Act, type Platform } from "./platform.ts";

const FACTOR = 50;
const clock = scaledClock(systemClock, FACTOR);

let platform: Platform;
beforeEach(async () => {
	platform = await startPlatform();
});
afterEach(() => platform.close());

/** Refuses what arrives earlier than `interval` (real ms) after the last arrival of the same method and route. */
function strict(intervals: Readonly<Record<string, number>>, answer: Act): { act: Act; refused: string[] } {
	const last = new Map<string, number>();
	const refused: string[] = [];
	const act: Act = (request, response) => {
		const route = `${request.method} ${request.path.replace(/\d{2,}/, "N")}`;
		const early = request.at - (last.get(route) ?? -Infinity) < intervals[route]!;
		last.set(route, request.at);
		if (!early) return answer(request, response);
		refused.push(route);
		plain("API requests too frequent", 429)(request, response);
	};
	return { act, refused };
}

describe("ten rollouts at once", () => {
	it("are never refused by a platform that measures arrivals, whatever the delay on the way", async () => {
		const interval = { "GET /api/v0/instances/N/": 2_000 / FACTOR, "PUT /api/v0/instances/recycle/N/": 1_000 / FACTOR };
		const late: Act = ({ path }, response) =>
			void setTimeout(() => {
				const instances = path.includes("recycle") ? undefined : rawContract(Number(/\d{2}/.exec(path)![0]));
				json({ success: true, instances })({} as never, response);
			}, Math.random() * 5);
		const { act, refused } = strict(interval, late);
		platform.next(act);
		const clients = Array.from({ length: 10 }, () => clientOf(platform, { clock }));
		const works = clients.flatMap((vast, at) => [
			...[1, 2, 3].map(() => vast.contract(10 + at)),
			...[1, 2, 3, 4].map(() => vast.recycle(10 + at)),
		]);
		await Promise.all(works);
		expect(refused).toEqual([]);
		expect(platform.arrived).toHaveLength(70);
	});
});

describe("a lane", () => {
	it("lets calls through in the order of asking, apart from those of other lanes", async () => {
		const limiter = createLimiter(clock);
		const seen: string[] = [];
		const call = (name: string) => async () => void seen.push(name);
		const first = [1, 2, 3].map((at) => limiter.run("slow", 1_000, call(`slow ${at}`)));
		await Promise.all([...first, limiter.run("other", 1_000, call("other"))]);
		expect(seen).toEqual(["slow 1", "other", "slow 2", "slow 3"]);
	});

	it("counts the interval from the reply, when the request has surely arrived", async () => {
		const limiter = createLimiter(clock);
		const times: number[] = [];
		const call = async () => {
			times.push(performance.now());
			await clock.sleep(2_000);
			times.push(performance.now());
		};
		await Promise.all([limiter.run("a", 1_000, call), limiter.run("a", 1_000, call)]);
		expect(times[2]! - times[1]!).toBeGreaterThanOrEqual(1_000 / FACTOR);
	});

	it("does not wait for a reply for ever", async () => {
		const limiter = createLimiter(clock);
		void limiter.run("a", 1_000, () => new Promise(() => {}));
		expect(await limiter.run("a", 1_000, async () => "let through")).toBe("let through");
	});

	it("goes on after a call that failed and one that was given up", async () => {
		const limiter = createLimiter(clock);
		const ended = new AbortController();
		const failed = limiter.run("a", 1_000, () => Promise.reject(new Error("no")));
		const given = limiter.run("a", 1_000, async () => "never", ended.signal);
		const last = limiter.run("a", 1_000, async () => "last");
		ended.abort(new Error("given up"));
		await expect(failed).rejects.toThrow("no");
		await expect(given).rejects.toThrow("given up");
		expect(await last).toBe("last");
	});

	it("stays shut as long as it is postponed", async () => {
		const limiter = createLimiter(clock);
		const started = clock.now();
		limiter.postpone("a", 5_000);
		await limiter.run("a", 1_000, async () => {});
		expect(clock.now() - started).toBeGreaterThan(5_000);
	});
});

describe("a refusal for coming too early", () => {
	it("keeps everybody else away from that route for the interval that it names", async () => {
		platform.next(plain("API requests too frequent: endpoint threshold=9.0", 429), json({ success: true }));
		const [a, b] = [clientOf(platform, { clock }), clientOf(platform, { clock })];
		await Promise.all([a.recycle(1), b.recycle(2)]);
		const [refused, next] = platform.arrived.map(({ at }) => at);
		expect(next! - refused!).toBeGreaterThanOrEqual(9_000 / FACTOR);
	});
});

describe("the limiter", () => {
	it("is one for a platform and a key, and another for any other", () => {
		const key = new Secret("key-of-one");
		const one = limiterFor(clock, "https://a", key);
		expect(limiterFor(clock, "https://a", new Secret("key-of-one"))).toBe(one);
		expect(limiterFor(clock, "https://b", key)).not.toBe(one);
		expect(limiterFor(clock, "https://a", new Secret("key-of-two"))).not.toBe(one);
		expect(limiterFor(systemClock, "https://a", key)).not.toBe(one);
	});

	it("lets nothing through for a client that was stopped before", async () => {
		const vast = clientOf(platform, { clock, signal: AbortSignal.abort(new Error("stopped")) });
		expect(await errorOf(vast.recycle(7))).toMatchObject({ message: "stopped" });
		expect(platform.arrived).toEqual([]);
	});
});
