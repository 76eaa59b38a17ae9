import { afterEach, expect, it, vi } from "vitest";
import { until } from "../../src/system/until.ts";
import { fakeClock } from "../services/fake-processes.ts";

afterEach(() => void vi.restoreAllMocks());

/** Each look takes so many milliseconds. */
function slowLooks(ms: number) {
	let now = 0;
	let looks = 0;
	vi.spyOn(performance, "now").mockImplementation(() => now);
	const look = async () => {
		looks++;
		now += ms;
		return undefined;
	};
	return { look, count: () => looks };
}

it("returns what a look has found, and looks no more", async () => {
	const clock = fakeClock();
	const found = [undefined, undefined, "ready", "late"];
	expect(await until(clock, { everyMs: 100, withinMs: 10_000 }, async () => found.shift())).toBe("ready");
	expect([found, clock.now()]).toEqual([["late"], 200]);
});

it("looks once where there is no time, and waits for nothing", async () => {
	const { look, count } = slowLooks(0);
	const clock = fakeClock();
	expect(await until(clock, { everyMs: 100, withinMs: 0 }, look)).toBeUndefined();
	expect([count(), clock.now()]).toEqual([1, 0]);
});

it.each([
	[0, 11],
	[900, 2],
	[5_000, 1],
])("counts the %d ms that each look takes", async (ms, looks) => {
	const { look, count } = slowLooks(ms);
	expect(await until(fakeClock(), { everyMs: 100, withinMs: 1_000 }, look)).toBeUndefined();
	expect(count()).toBe(looks);
});

it("may begin with short pauses", async () => {
	const { look } = slowLooks(0);
	const pauses: number[] = [];
	const clock = { sleep: async (ms: number) => void pauses.push(ms) };
	await until(clock, { everyMs: 100, firstMs: 30, withinMs: 290 }, look);
	expect(pauses).toEqual([30, 60, 100, 100]);
});

it("is ended by the signal, and by a look that fails", async () => {
	const waiting = { everyMs: 60_000, withinMs: 600_000, signal: AbortSignal.timeout(20) };
	const sleep = (_ms: number, signal?: AbortSignal) =>
		new Promise<void>((_, reject) =>
			signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError"))),
		);
	await expect(until({ sleep }, waiting, async () => undefined)).rejects.toMatchObject({ name: "AbortError" });
	const look = () => Promise.reject(new Error("gone"));
	await expect(until(fakeClock(), waiting, look)).rejects.toThrow("gone");
});
