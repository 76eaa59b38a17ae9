import { describe, expect, it } from "vitest";
import { llamaProbe, whisperProbe } from "../../../images/api/engines.ts";
import { connectTemporal } from "../../../images/runtime/temporal/client.ts";
import { openStore } from "../../../images/runtime/store.ts";
import { examine, shared } from "../../../images/runtime/health.ts";
import { engineServer, silentServer, testApp } from "./fakes.ts";

const ENGINE = {
	name: "faster-whisper",
	version: "1.2.1",
	device: "cpu",
	precision: "int8",
	model: "base",
	pretended: true,
};
const up = async (): Promise<void> => {};
const keys = { bucket: "cres", accessKey: "key", secretKey: "secret", keysFrom: "" };

describe("GET /health", () => {
	it("names the engines of an instance, and that its GPU is pretended", async () => {
		await using whisper = await engineServer({
			"/health": { status: 200, body: { status: "ok", engine: ENGINE, reason: "GPU_PRETEND is set" } },
		});
		await using llama = await engineServer({
			"/health": { status: 200, body: { status: "ok" } },
			"/props": {
				status: 200,
				body: { model_path: "/workspace/packages/models/llm/small.gguf", build_info: "b1-abc" },
			},
		});
		const { origin: base } = llama;
		const probes = {
			temporal: up,
			minio: up,
			llama: llamaProbe({ base, healthUrl: `${base}/health`, pretended: true }),
			whisper: whisperProbe(whisper.origin),
		};
		const { app } = testApp({ role: "compute", health: { probes, pretended: true } });
		const answer = await app.inject("/health");
		expect(answer.statusCode).toBe(200);
		expect(answer.json()).toEqual({
			role: "compute",
			api: "ok",
			temporal: "ok",
			minio: "ok",
			llama: "ok",
			whisper: "ok",
			reasons: {},
			engines: {
				llama: { name: "llama-server", version: "b1-abc", model: "small.gguf", pretended: true },
				whisper: { ...ENGINE, reason: "GPU_PRETEND is set" },
			},
			pretended: true,
			buildId: "0123456789ab",
		});
	});

	it("is 503 with the reason of each engine that cannot work", async () => {
		await using whisper = await engineServer({
			"/health": { status: 503, body: { status: "no-model", reason: "/models/whisper holds none" } },
		});
		await using llama = await engineServer({
			"/health": { status: 503, body: { error: { code: 503, message: "Loading model" } } },
		});
		const { origin: base } = llama;
		const probes = {
			temporal: up,
			minio: up,
			llama: llamaProbe({ base, healthUrl: `${base}/health`, pretended: false }),
			whisper: whisperProbe(whisper.origin),
		};
		const { app, logged } = testApp({ role: "compute", health: { probes } });
		const answer = await app.inject("/health");
		expect(answer.statusCode).toBe(503);
		expect(answer.json()).toMatchObject({
			llama: "down",
			whisper: "down",
			reasons: { llama: "llama answers 503: Loading model", whisper: "no-model: /models/whisper holds none" },
		});
		expect(logged).toEqual([expect.objectContaining({ level: "WARN", message: "health" })]);
	});

	it("needs no engine on the control plane", async () => {
		const answer = await testApp({ role: "control" }).app.inject("/health");
		expect([answer.statusCode, answer.json()]).toEqual([
			200,
			expect.objectContaining({ llama: "n/a", whisper: "n/a" }),
		]);
	});

	it("is not held up by dependencies that never answer", async () => {
		await using silent = await silentServer();
		const temporal = connectTemporal({ address: silent.address, namespace: "default" });
		const store = openStore({ endpoint: `http://${silent.address}`, ...keys }, { limit: 20_000 });
		await using released = new AsyncDisposableStack();
		released.defer(() => temporal.close());
		released.defer(() => store.close());
		const base = `http://${silent.address}`;
		const probes = {
			temporal: temporal.check,
			minio: store.check,
			llama: llamaProbe({ base, healthUrl: `${base}/health`, pretended: false }),
			whisper: whisperProbe(base),
		};
		const { app } = testApp({ role: "compute", health: { probes } });
		const asked = performance.now();
		const answer = await app.inject("/health");
		expect(performance.now() - asked).toBeLessThan(3_500);
		const silence = "no answer within 2000 ms";
		expect([answer.statusCode, answer.json()]).toEqual([
			503,
			expect.objectContaining({
				temporal: "unknown",
				minio: "unknown",
				llama: "unknown",
				whisper: "unknown",
				reasons: { temporal: silence, minio: silence, llama: silence, whisper: silence },
			}),
		]);
	}, 20_000);

	it("says where nobody listens, and tells no key", async () => {
		const temporal = connectTemporal({ address: "127.0.0.1:1", namespace: "default" });
		const store = openStore(
			{ endpoint: "http://127.0.0.1:1", ...keys, secretKey: "not to be told" },
			{ limit: 20_000 },
		);
		const probes = { temporal: temporal.check, minio: store.check };
		const { app } = testApp({ health: { probes } });
		const answer = await app.inject("/health");
		expect(answer.json()).toMatchObject({
			temporal: "down",
			minio: "down",
			reasons: {
				temporal: expect.stringMatching(/^Temporal at 127\.0\.0\.1:1 .*ECONNREFUSED/),
				minio: expect.stringMatching(/^the store at http:\/\/127\.0\.0\.1:1\/cres .*ECONNREFUSED/),
			},
		});
		expect(answer.body).not.toContain("not to be told");
		await Promise.all([temporal.close(), store.close()]);
	}, 20_000);

	it("asks once however many want to know, and again a second later", async () => {
		let [asked, now] = [0, 0];
		const temporal = async (): Promise<void> => void asked++;
		const { app } = testApp({ health: { probes: { temporal, minio: up }, now: () => now } });
		const flood = () => Promise.all(Array.from({ length: 100 }, () => app.inject("/health")));
		await flood();
		now = 999;
		await flood();
		expect(asked).toBe(1);
		now = 1_000;
		await flood();
		expect(asked).toBe(2);
	});
});

describe("examine", () => {
	it("does not wait for a probe that ignores its signal", async () => {
		expect(await examine(() => new Promise(() => {}), 20)).toEqual({
			state: "unknown",
			reason: "no answer within 20 ms",
		});
	});

	it("tells the probe to give up", async () => {
		const heard = Promise.withResolvers<boolean>();
		await examine((signal) => new Promise(() => signal.addEventListener("abort", () => heard.resolve(true))), 20);
		expect(await heard.promise).toBe(true);
	});
});

describe("shared", () => {
	it("is one call for all who ask while it runs, however long that takes", async () => {
		let [calls, now] = [0, 0];
		const gate = Promise.withResolvers<void>();
		const ask = shared(
			10,
			() => now,
			async () => {
				await gate.promise;
				return ++calls;
			},
		);
		const first = ask();
		now = 5_000;
		const second = ask();
		gate.resolve();
		expect([await first, await second, await ask()]).toEqual([1, 1, 1]);
	});
});
