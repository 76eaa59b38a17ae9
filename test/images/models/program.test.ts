import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { modelKey, MODELS_MANIFEST_KEY } from "../../../src/contracts/models.ts";
import { startWeed, type Weed } from "../../models/weed.ts";
import { makePlace, oneFile, type Place } from "./directory.ts";
import { type FileServer, sha256, startFileServer } from "./file-server.ts";

const PROGRAM = join(import.meta.dirname, "../../../images/models/main.ts");
const content = randomBytes(3_000_000);
const PATH = "llm/small.gguf";
const PART = `${PATH}.${sha256(content).slice(0, 8)}.part`;
const KEY = modelKey("llm", "small", sha256(content), "small.gguf");

let weed: Weed;
let server: FileServer;
let place: Place;
let elsewhere: Place;
/** Takes its time to give up. */
let unreachable: Started;
beforeAll(async () => {
	[weed, server] = await Promise.all([startWeed(), startFileServer()]);
	await weed.put(KEY, content);
	elsewhere = await makePlace();
	unreachable = start({ MINIO_ENDPOINT: "127.0.0.1:1" }, elsewhere);
}, 60_000);
beforeEach(async () => {
	place = await makePlace();
	server.files.set("small.gguf", content);
	server.next = [];
	server.requests = [];
});
afterEach(() => place[Symbol.asyncDispose]());
afterAll(() => Promise.all([weed.close(), server.close(), elsewhere[Symbol.asyncDispose]()]));

interface Started {
	child: ChildProcess;
	/** Exit code or signal, and the log. */
	ended: Promise<{ end: number | string; log: string }>;
}

function start(environment: Record<string, string> = {}, { directory }: Pick<Place, "directory"> = place): Started {
	const env = {
		PATH: process.env["PATH"],
		TEMPORAL_ADDRESS: "127.0.0.1:1",
		WORKER_INSTANCE_NAME: "test",
		MINIO_ENDPOINT: weed.endpoint,
		MINIO_ACCESS_KEY: weed.accessKey,
		MINIO_SECRET_KEY: weed.secretKey,
		MODELS_DIR: directory,
		...environment,
	};
	const child = spawn(process.execPath, [PROGRAM], { env, stdio: ["ignore", "pipe", "inherit"] });
	let log = "";
	child.stdout!.on("data", (chunk: Buffer) => (log += chunk.toString()));
	const ended = once(child, "close").then(([code, signal]) => ({ end: (code ?? signal) as number | string, log }));
	return { child, ended };
}

const publish = (source: string, published = content) =>
	weed.put(MODELS_MANIFEST_KEY, JSON.stringify({ version: 1, models: [oneFile(PATH, published, source)] }));

describe("the program", () => {
	it("fetches from the bucket, goes on from a part by range, and says what it has", async () => {
		await publish(KEY);
		await mkdir(join(place.directory, "llm"));
		await writeFile(join(place.directory, PART), content.subarray(0, 1_234_567));
		const { end, log } = await start().ended;
		expect({ end, log }).toMatchObject({ end: 0 });
		expect(await place.read(PATH)).toEqual(content);
		expect(log).toContain(
			'"message":"models: ready","models":["llm/llm-small-gguf"],"kept":[],"fetched":["llm/small.gguf"]',
		);
		expect(log).not.toContain("again");
		expect(log).not.toContain(weed.secretKey);
		expect((await start().ended).log).toContain('"kept":["llm/small.gguf"],"fetched":[]');
	});

	it.each([
		["SIGTERM", 143],
		["SIGKILL", "SIGKILL"],
	] as const)("killed by %s in the middle goes on there the next time", async (signal, expected) => {
		await publish(`${server.url}/small.gguf`);
		server.next = [{ stallAfter: 2_000_000 }];
		const { child, ended } = start();
		while ((await place.read(PART).catch(() => Buffer.alloc(0))).length < 2_000_000) await delay(20);
		child.kill(signal);
		expect(await ended).toMatchObject({ end: expected });
		expect(await start().ended).toMatchObject({ end: 0 });
		expect(await place.read(PATH)).toEqual(content);
		expect(server.requests).toEqual(["/small.gguf whole", "/small.gguf bytes=2000000-"]);
	});

	it("takes what lies there when the bucket has no manifest", async () => {
		const { end, log } = await start({ MINIO_BUCKET: "another" }).ended;
		expect(end).toBe(0);
		expect(log).toContain("bucket another has no manifest");
	});

	it("fetches only the models that MODELS names", async () => {
		await publish("models/no-such");
		expect(await start({ MODELS: "other, one" }).ended).toMatchObject({ end: 0 });
	});

	it("ends with a code that tells who must act", async () => {
		await publish(KEY, randomBytes(3_000_000));
		expect(await start().ended).toMatchObject({ end: 3, log: expect.stringContaining('"fault":"checksum-mismatch"') });
		await publish("models/no-such");
		expect(await start().ended).toMatchObject({
			end: 3,
			log: expect.stringContaining("models/no-such in bucket cres is not there"),
		});
		expect(await start({ MINIO_SECRET_KEY: "wrong" }).ended).toMatchObject({ end: 1 });
		expect(await start({ MINIO_ENDPOINT: "" }).ended).toMatchObject({
			end: 2,
			log: expect.stringContaining("MINIO_ENDPOINT"),
		});
		expect(await unreachable.ended).toMatchObject({ end: 75 });
	}, 40_000);
});
