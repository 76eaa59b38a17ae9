import { describe, expect, it } from "vitest";
import type { Health } from "../../src/contracts/health.ts";
import { askEarly, untilHealthy, type AskHealth } from "../../src/instances/health.ts";
import { scaledClock, systemClock } from "../../src/system/clock.ts";
import { virtualClock } from "../support/virtual-clock.ts";

const WELL: Health = {
	role: "compute",
	api: "ok",
	temporal: "ok",
	minio: "ok",
	llama: "down",
	whisper: "unknown",
	reasons: { llama: "503: Loading model" },
	pretended: false,
	buildId: "0123456789ab",
};
const SILENT = { exitCode: 1, stdout: "" };
const says = (health: Partial<Health>) => ({ exitCode: 0, stdout: `${JSON.stringify({ ...WELL, ...health })}\n` });

/** Gives the answers one after the other, the last one again and again. */
const answering = (...answers: Awaited<ReturnType<AskHealth>>[]): AskHealth => {
	let asked = 0;
	return async () => answers[Math.min(asked++, answers.length - 1)]!;
};
const ports = { clock: scaledClock(systemClock, 100), signal: new AbortController().signal };

describe("untilHealthy", () => {
	it("waits for the api, Temporal and the store, not for models that are being loaded", async () => {
		const ask = answering(SILENT, says({ temporal: "unknown" }), says({}));
		expect(await untilHealthy("gpu-1", ask, ports)).toBe(
			"health: api ok, temporal ok, minio ok, llama down, whisper unknown",
		);
	});

	it("says when the GPU is only pretended", async () => {
		expect(await untilHealthy("gpu-1", answering(says({ pretended: true })), ports)).toMatch(/ \(GPU pretended\)$/);
	});

	it.each<[string, Awaited<ReturnType<AskHealth>>, string]>([
		[
			"a store that refuses the keys",
			says({ minio: "down", reasons: { minio: "InvalidAccessKeyId" } }),
			"the container polls, but minio is down: InvalidAccessKeyId",
		],
		["no api", SILENT, "the container polls, but its api does not answer"],
		["nonsense", { exitCode: 0, stdout: "<html>" }, "the container polls, but its api does not answer"],
	])("gives up after 20 s of %s", async (_name, answer, message) => {
		const failure = untilHealthy("gpu-1", answering(answer), ports);
		await expect(failure).rejects.toMatchObject({ code: "unhealthy", message });
	});

	it.each([2, 126, 127])("does not refuse an image of before, whose shell ends with %s", async (exitCode) => {
		expect(await untilHealthy("gpu-1", answering({ exitCode, stdout: "" }), ports)).toMatch(/not asked/);
	});

	it.each([
		["a program that was killed", 137, "exit code 137"],
		["a program that aborts", 134, "exit code 134"],
		["a channel that was lost", 255, "exit code 255"],
		["a program whose end nobody knows", null, "no exit code"],
	])("does not take %s for an image without it", async (_name, exitCode, said) => {
		const ended = { ...says({}), exitCode };
		await expect(untilHealthy("gpu-1", answering(ended), ports)).rejects.toMatchObject({
			code: "unhealthy",
			message: `the container polls, but its health is not known: /app/images/etc/health ends with ${said}`,
		});
		expect(await untilHealthy("gpu-1", answering(ended, says({})), ports)).toMatch(/^health: api ok/);
	});

	it("gives each question ten seconds and the signal", async () => {
		const asked: unknown[] = [];
		await untilHealthy("gpu-1", async (options) => (asked.push(options), says({})), ports);
		expect(asked).toEqual([{ signal: ports.signal, timeout: 10_000 }]);
	});

	it("ends with Ctrl-C", async () => {
		const signal = AbortSignal.abort(new Error("interrupted"));
		await expect(untilHealthy("gpu-1", answering(SILENT), { ...ports, signal })).rejects.toThrow("aborted");
	});
});

describe("an answer that was asked for early", () => {
	const { signal } = ports;
	const early = (clock = virtualClock()) => askEarly(answering(says({})), { clock, signal });

	it("comes a second after the start, and counts", async () => {
		const clock = virtualClock();
		const started = clock.now();
		const asked = early(clock);
		expect((await asked)!.at - started).toBe(1_000);
		expect(await untilHealthy("gpu-1", answering(SILENT), { clock, signal, asked })).toMatch(/^health: api ok/);
	});

	it("is asked for again when it is old, bad, or none", async () => {
		const clock = virtualClock();
		const old = early(clock);
		await old;
		clock.advance(3_001);
		const silent = askEarly(answering(SILENT), { clock, signal });
		const failed = askEarly(() => Promise.reject(new Error("no such container")), { clock, signal });
		for (const asked of [old, silent, failed]) {
			const again = answering(says({ pretended: true }));
			expect(await untilHealthy("gpu-1", again, { clock, signal, asked })).toMatch(/pretended/);
		}
	});
});
