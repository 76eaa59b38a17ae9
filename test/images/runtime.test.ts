import { describe, expect, it } from "vitest";
import { containerId } from "../../images/runtime/container.ts";
import { createLog, type Log } from "../../images/runtime/logger.ts";
import { connectWithRetry } from "../../images/worker/connect.ts";

describe("containerId", () => {
	it("is the start of Docker's host name", () => {
		expect(containerId("", "89abcdef0123")).toBe("89abcdef");
	});

	it("is what was given, whatever the host name", () => {
		expect(containerId("01234567", "89abcdef0123")).toBe("01234567");
	});

	it("is random elsewhere", () => {
		const ids = [containerId("", "huihuang"), containerId("", "huihuang")];
		expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/), expect.stringMatching(/^[0-9a-f]{8}$/)]);
		expect(ids[0]).not.toBe(ids[1]);
	});
});

describe("createLog", () => {
	const lines: string[] = [];
	const now = () => new Date("2026-01-02T03:04:05Z");
	const log = createLog({ secrets: ['pass"word', ""], write: (line) => lines.push(line), now });

	it("writes one object a line and no secret, wherever it hides", () => {
		log("WARN", 'refused pass"word', { error: new RangeError('with pass"word'), size: 7n });
		expect(lines.splice(0)).toEqual([expect.stringMatching(/^[^\n]+\n$/)]);
		log("INFO", 'pass"word', { deep: { list: ['pass"word'] } });
		expect(lines.splice(0)).toEqual([
			'{"time":"2026-01-02T03:04:05.000Z","level":"INFO","message":"[redacted]","deep":{"list":["[redacted]"]}}\n',
		]);
	});
});

describe("connectWithRetry", () => {
	const quiet: Log = () => {};
	const base = { address: "temporal.test:7233", retrySeconds: 0, signal: new AbortController().signal, log: quiet };

	it("returns the first connection that succeeds", async () => {
		let attempts = 0;
		const connect = async () => {
			if (++attempts < 3) throw new Error("refused");
			return attempts;
		};
		expect(await connectWithRetry(connect, { ...base, maxAttempts: 5 })).toBe(3);
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

	it("stops at once when told to, even within an attempt", async () => {
		const controller = new AbortController();
		const options = { ...base, maxAttempts: 5, signal: controller.signal };
		const waiting = connectWithRetry(() => new Promise<never>(() => {}), options);
		controller.abort(new Error("stopped"));
		await expect(waiting).rejects.toThrow("stopped");
	});
});
