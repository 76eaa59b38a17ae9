import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askPatiently, EngineError, type EngineFault } from "../../../images/runtime/engines/ask.ts";
import { llamaAt } from "../../../images/runtime/engines/llama.ts";
import { whisperAt } from "../../../images/runtime/engines/whisper.ts";
import { serve } from "../../support/web-server.ts";

const signal = new AbortController().signal;
const NOBODY = "http://127.0.0.1:1";

/** An engine that gives the same answer to every question. */
const answering = (status: number, body: unknown, headers: Record<string, string> = {}) =>
	serve((request, response) => {
		const text = typeof body === "string" ? body : JSON.stringify(body);
		request.resume().on("end", () => response.writeHead(status, headers).end(text));
	});

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
	promise.then(
		() => undefined,
		(error: unknown) => error,
	);

let directory: string;
let audio: { path: string; name: string };
beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-engines-"));
	audio = { path: join(directory, "a.wav"), name: "a.wav" };
	await writeFile(audio.path, "RIFF");
});
afterAll(() => rm(directory, { recursive: true }));

describe("whisper", () => {
	it.each<[number, unknown, EngineFault]>([
		[503, { error: { message: "m", code: "loading" } }, "loading"],
		[503, { error: { message: "m", code: "busy" } }, "busy"],
		[503, { error: { message: "m", code: "no_model" } }, "failed"],
		[415, { error: { message: "m", code: "bad_audio" } }, "refused"],
		[408, { error: { message: "m" } }, "failed"],
		[429, { error: { message: "m" } }, "failed"],
		[500, "m", "failed"],
	])("that answers %d %j has the fault %s", async (status, body, fault) => {
		await using server = await answering(status, body, { "retry-after": "7" });
		const failure = await failureOf(whisperAt(server.origin).transcribe(audio, signal));
		expect(failure).toMatchObject({
			name: "EngineError",
			fault,
			retryAfter: 7,
			message: `whisper answers ${status}: m`,
		});
	});

	it("that answers with something else, or not at all, is told apart", async () => {
		await using server = await answering(200, { text: "no engine" });
		const whisper = whisperAt(server.origin);
		expect(await failureOf(whisper.transcribe(audio, signal))).toMatchObject({ fault: "nonsense" });
		expect(await failureOf(whisper.health(signal))).toMatchObject({ fault: "nonsense" });
		expect(await failureOf(whisperAt(NOBODY).health(signal))).toMatchObject({
			fault: "unreachable",
			message: expect.stringMatching(/^whisper at http:\/\/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/),
		});
	});

	it("tells its state with whatever status", async () => {
		await using server = await answering(503, { status: "no-model", reason: "none below /models" });
		expect(await whisperAt(server.origin).health(signal)).toEqual({
			status: "no-model",
			reason: "none below /models",
		});
	});
});

describe("llama", () => {
	it.each<[number, unknown, EngineFault]>([
		[503, { error: { message: "m" } }, "loading"],
		[400, { error: { message: "m", type: "exceed_context_size_error" } }, "too-long"],
		[500, { error: { message: "m" } }, "failed"],
		[200, { choices: [] }, "nonsense"],
	])("that answers %d %j has the fault %s", async (status, body, fault) => {
		await using server = await answering(status, body);
		expect(await failureOf(llamaAt(server.origin).complete({}, signal))).toMatchObject({ fault });
	});

	it("tells what it is; what it does not tell is left open", async () => {
		const props = { model_path: "/m/a.gguf", build_info: "b1", default_generation_settings: { n_ctx: 4_096 } };
		await using full = await answering(200, props);
		await using empty = await answering(200, "no JSON");
		expect(await llamaAt(full.origin).props(signal)).toEqual({
			modelPath: "/m/a.gguf",
			build: "b1",
			contextTokens: 4_096,
		});
		expect(await llamaAt(empty.origin).props(signal)).toEqual({});
	});

	it("is asked for its health where that is", async () => {
		await using loading = await answering(503, { error: { message: "Loading model" } });
		await using well = await answering(200, { status: "ok" });
		await expect(llamaAt(loading.origin).health(signal)).rejects.toThrow("Loading model");
		await llamaAt(loading.origin, `${well.origin}/elsewhere`).health(signal);
	});

	it("that thinks for too long is unreachable; one that is no longer wanted ends with the reason", async () => {
		await using silent = await serve(() => {});
		const llama = llamaAt(silent.origin);
		expect(await failureOf(llama.complete({}, signal, 50))).toMatchObject({ fault: "unreachable" });
		const stop = new AbortController();
		const asked = failureOf(llama.complete({}, stop.signal, 10_000));
		stop.abort(new Error("cancelled"));
		expect(await asked).toBe(stop.signal.reason);
	});
});

describe("askPatiently", () => {
	const failing = (...faults: EngineFault[]) => {
		let asked = 0;
		return async () => {
			const fault = faults[asked++];
			if (fault) throw new EngineError(fault, fault);
			return asked;
		};
	};

	it("asks again while the engine will serve soon, and only then", async () => {
		const patience = { faults: ["loading", "busy"], every: 1 } as const;
		expect(await askPatiently(patience, signal, failing("loading", "busy", "loading"))).toBe(4);
		await expect(askPatiently(patience, signal, failing("loading", "failed"))).rejects.toThrow("failed");
		const bug = () => Promise.reject(new TypeError("a bug"));
		await expect(askPatiently(patience, signal, bug)).rejects.toThrow("a bug");
	});

	it("gives up after its limit, and at once when told to stop", async () => {
		const loading = () => Promise.reject(new EngineError("loading", "still loading"));
		const limited = { faults: ["loading"], every: 5, limit: 30 } as const;
		await expect(askPatiently(limited, signal, loading)).rejects.toThrow("still loading");
		const stop = new AbortController();
		const waiting = askPatiently({ faults: ["loading"], every: 60_000 }, stop.signal, loading);
		setTimeout(() => stop.abort(new Error("stopped")), 10);
		await expect(waiting).rejects.toThrow("stopped");
	});
});
