import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { modelsDirectory, SPEECH, speech, startReadyWhisper, startWhisper } from "./whisper-process.ts";

describe("the whisper process", { timeout: 90_000 }, () => {
	it("says that there is no model, stays up, and takes the model that arrives later", async () => {
		const models = await mkdtemp(join(tmpdir(), "cres-models-"));
		await using whisper = await startWhisper({ MODELS_DIR: models });
		await whisper.line("no-model");
		const folder = join(models, "whisper");
		const reason = `no model below ${folder}`;
		expect(await whisper.get("/health")).toMatchObject({ status: 503, body: { status: "no-model", reason } });
		expect(await whisper.get("/v1/models")).toMatchObject({ status: 200, body: { object: "list", data: [] } });
		const early = await whisper.transcribe(await speech());
		expect(early).toMatchObject({ status: 503, body: { error: { type: "server_error", code: "no_model" } } });
		expect(early.headers.get("retry-after")).toBe("5");

		await cp(join(modelsDirectory(), "whisper/base"), join(folder, "base"), { recursive: true });
		await whisper.line('"whisper: ok"');
		expect((await whisper.get("/v1/models")).body).toMatchObject({ data: [{ id: "base", object: "model" }] });
		await rm(models, { recursive: true });
	});

	it("says what is wrong with a model that cannot be loaded", async () => {
		const models = await mkdtemp(join(tmpdir(), "cres-models-"));
		const folder = join(models, "whisper/base");
		await cp(join(modelsDirectory(), "whisper/base"), folder, { recursive: true });
		await writeFile(join(folder, "model.bin"), "not a model");
		await using whisper = await startWhisper({ MODELS_DIR: models });
		await whisper.line('"whisper: failed"');
		const { status, body } = await whisper.get("/health");
		expect({ status, body }).toEqual({ status: 503, body: { status: "failed", reason: expect.stringMatching(/.+/) } });
		await rm(models, { recursive: true });
	});

	it("shows in health and in results that a GPU is pretended", async () => {
		await using whisper = await startReadyWhisper({ GPU_PRETEND: "1" });
		const engine = { device: "cpu", pretended: true };
		expect(await whisper.get("/health")).toMatchObject({ status: 200, body: { status: "ok", engine } });
		expect((await whisper.transcribe(await speech())).body).toMatchObject({ text: SPEECH, engine });
	});

	it("sends away what would wait too long", async () => {
		await using whisper = await startReadyWhisper({ WHISPER_MAX_WAITING: "0" });
		const first = whisper.transcribe(await speech(3, 19));
		await until(async () => ((await whisper.get("/health")).body as { requests: number }).requests === 1);
		const second = await whisper.transcribe(await speech());
		expect(second).toMatchObject({ status: 503, body: { error: { type: "server_error", code: "busy" } } });
		expect(second.headers.get("retry-after")).toBe("5");
		expect((await first).status).toBe(200);
	});

	it("gives up the work of a client that has gone", async () => {
		await using whisper = await startReadyWhisper();
		const abort = new AbortController();
		const gone = whisper.transcribe(await speech(20, 19), [], abort.signal);
		setTimeout(() => abort.abort(), 2_000);
		await expect(gone).rejects.toThrow("aborted");
		const started = Date.now();
		await until(async () => ((await whisper.get("/health")).body as { requests: number }).requests === 0);
		expect(Date.now() - started).toBeLessThan(20_000);
		expect(await whisper.leftovers()).toEqual([]);
	});

	it.each(["SIGTERM", "SIGINT"] as const)(
		"ends with 0 within 5 seconds of %s in the middle of its work",
		async (signal) => {
			await using whisper = await startReadyWhisper();
			const cut = whisper.transcribe(await speech(20, 19)).catch((failure: unknown) => failure);
			await until(async () => ((await whisper.get("/health")).body as { requests: number }).requests === 1);
			await sleep(1_500);
			const started = Date.now();
			whisper.kill(signal);
			expect(await whisper.exit).toBe(0);
			expect(Date.now() - started).toBeLessThan(5_000);
			expect(await cut).toMatchObject({ status: 503, body: { error: { code: "stopping" } } });
			expect(await whisper.leftovers()).toEqual([]);
		},
	);

	it("names every wrong variable and does not start", async () => {
		const environment = { WHISPER_DEVICE: "tpu", WHISPER_THREADS: "0" };
		await expect(startWhisper(environment)).rejects.toThrow(
			"WHISPER_DEVICE='tpu' (expected auto, cpu, cuda), WHISPER_THREADS='0' (expected a whole number from 1)",
		);
	});

	it("does not fall back when CUDA is demanded", async () => {
		await using whisper = await startWhisper({ MODELS_DIR: modelsDirectory(), WHISPER_DEVICE: "cuda" });
		const line = await whisper.line('"whisper: failed"');
		expect(line).toContain("WHISPER_DEVICE=cuda, but ");
	});
});

async function until(happened: () => Promise<boolean>): Promise<void> {
	while (!(await happened())) await sleep(50);
}
