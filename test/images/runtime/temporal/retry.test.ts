import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Log } from "../../../../images/runtime/logger.ts";
import { connectWithRetry } from "../../../../images/runtime/temporal/retry.ts";

describe("connectWithRetry", () => {
	const quiet: Log = () => {};
	const base = { address: "temporal.test:7233", retrySeconds: 0, signal: new AbortController().signal, log: quiet };

	it("returns the first connection that succeeds", async () => {
		let attempts = 0;
		const connect = async () => {
			if (++attempts < 3) throw new Error("refused");
			return { attempts, close: async () => {} };
		};
		expect(await connectWithRetry(connect, { ...base, maxAttempts: 5 })).toMatchObject({ attempts: 3 });
	});

	it("gives up after the last attempt and logs the first of every fifteen failures", async () => {
		const logged: unknown[] = [];
		const log: Log = (_level, _message, fields) => logged.push(fields?.["attempt"]);
		const connect = () => Promise.reject(new Error("refused"));
		await expect(connectWithRetry(connect, { ...base, maxAttempts: 20, log })).rejects.toThrow(
			"Temporal at temporal.test:7233 did not answer in 20 attempts: refused",
		);
		expect(logged).toEqual([1, 16]);
	});

	it("closes a connection that comes when its attempt is over, and not the one that it returns", async () => {
		let attempts = 0;
		const closed: number[] = [];
		const connect = async () => {
			const attempt = ++attempts;
			if (attempt < 3) await delay(120);
			return { attempt, close: async () => void closed.push(attempt) };
		};
		const connection = await connectWithRetry(connect, { ...base, maxAttempts: 5 }, 20);
		await delay(200);
		expect([connection.attempt, closed]).toEqual([3, [1, 2]]);
	});

	it("stops at once when told to, even within an attempt", async () => {
		const controller = new AbortController();
		const options = { ...base, maxAttempts: 5, signal: controller.signal };
		const waiting = connectWithRetry(() => new Promise<never>(() => {}), options);
		controller.abort(new Error("stopped"));
		await expect(waiting).rejects.toThrow("stopped");
	});
});
