import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { summarizerAt } from "../../../images/worker/summarizer.ts";
import { serve } from "../../support/web-server.ts";

const STALL = 300;
const { signal } = new AbortController();
let root = "";
const directory = () => join(root, "models");
const part = () => join(directory(), "llm/model.gguf.0123abcd.part");
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-coming-"));
	await mkdir(join(directory(), "llm"), { recursive: true });
});
afterEach(() => rm(root, { recursive: true }));

const summarizer = (origin: string) =>
	summarizerAt(origin, {
		...{ loading: 5_000, starting: STALL, every: 10 },
		models: { directory: directory(), mark: join(root, "models.done") },
	});

/** As the models program does, for so many milliseconds. */
async function fetching(ms: number): Promise<void> {
	for (const end = Date.now() + ms; Date.now() < end; await delay(50)) await appendFile(part(), "bytes");
}

describe("T04: a language model whose file is still fetched", () => {
	it("is waited for as long as bytes come, many times longer than for a server that starts", async () => {
		const props = { default_generation_settings: { n_ctx: 4_096 }, model_path: "m.gguf" };
		const place = await serve((_request, response) => void response.end(JSON.stringify(props)));
		const { origin } = place;
		await place[Symbol.asyncDispose]();
		const facts = summarizer(origin).facts(signal);
		await fetching(4 * STALL);
		await writeFile(join(root, "models.done"), "0");
		await delay(STALL / 2);
		const server = createServer((_request, response) => void response.end(JSON.stringify(props)));
		server.listen(Number(new URL(origin).port), "127.0.0.1");
		expect(await facts).toEqual({ model: "m.gguf", contextTokens: 4_096 });
		server.closeAllConnections();
		server.close();
	});

	it("is given up when nothing comes any more, or when the models program has ended without one", async () => {
		const took = async (): Promise<number> => {
			const started = performance.now();
			await expect(summarizer("http://127.0.0.1:1").facts(signal)).rejects.toMatchObject({ fault: "unreachable" });
			return performance.now() - started;
		};
		expect(await took()).toBeLessThan(10 * STALL);
		await writeFile(join(root, "models.done"), "3");
		await delay(STALL);
		expect(await took()).toBeLessThan(3 * STALL);
	});

	it("is not waited for by who is cancelled", async () => {
		const controller = new AbortController();
		const facts = summarizer("http://127.0.0.1:1").facts(controller.signal);
		setTimeout(() => controller.abort(new Error("cancelled")), 50);
		await expect(facts).rejects.toThrow("cancelled");
	});
});
