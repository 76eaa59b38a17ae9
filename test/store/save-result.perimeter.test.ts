import { mkdtemp, readFile, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsClient } from "aws4fetch";
import { beforeAll, describe, expect, inject, it } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { objectsOf, saveResult } from "../../src/store/save-result.ts";
import { createS3 } from "../../src/store/s3.ts";
import { createStore } from "../../src/store/store.ts";
import { silent } from "../../src/system/progress.ts";

const { store: at } = inject("perimeter");
const keys = { accessKey: new Secret(at.accessKey), secretKey: new Secret(at.secretKey) };
const store = createStore(createS3({ endpoint: new URL(at.endpoint).host, secure: false, bucket: "cres", ...keys }));
const signal = new AbortController().signal;
const ports = { store, progress: silent, signal };
const key = "queries/direct/videos/A talk – é_1.mp4";
const into = (output: string) => ({ output, workflowId: "video-1", force: true });
const content = "x".repeat(3_000_000);

beforeAll(async () => {
	const client = new AwsClient({
		accessKeyId: at.accessKey,
		secretAccessKey: at.secretKey,
		service: "s3",
		region: "x",
	});
	await client.fetch(`${at.endpoint}/cres`, { method: "PUT" });
	const path = key.split("/").map(encodeURIComponent).join("/");
	await client.fetch(`${at.endpoint}/cres/${path}`, { method: "PUT", body: content });
});

describe("saveResult", () => {
	it("finds the objects of a result and nothing else", () => {
		expect(objectsOf({ title: "t", video: { key: "a", bytes: 1 }, worker: "w", other: { key: 1 } })).toEqual([
			{ name: "video", object: { key: "a", bytes: 1 } },
		]);
		expect(objectsOf(null)).toEqual([]);
		expect(objectsOf("text")).toEqual([]);
	});

	it("writes each whole object under its name", async () => {
		const directory = join(await mkdtemp(join(tmpdir(), "cres-save-")), "new");
		const paths = await saveResult(ports, { video: { key, bytes: content.length } }, into(directory));
		expect(paths).toEqual([join(directory, "video-1", "video.mp4")]);
		expect(await readFile(paths[0]!, "utf8")).toBe(content);
		expect(await readdir(directory)).toHaveLength(1);
	});

	it("tells what is missing, and what is not what the job stored; no part stays", async () => {
		const directory = await mkdtemp(join(tmpdir(), "cres-save-"));
		await expect(saveResult(ports, { video: { key: "no/such", bytes: 1 } }, into(directory))).rejects.toMatchObject({
			code: "object_missing",
		});
		await expect(saveResult(ports, { video: { key, bytes: 1 } }, into(directory))).rejects.toMatchObject({
			code: "object_incomplete",
		});
		expect((await readdir(directory, { recursive: true })).filter((name) => name.endsWith(".part"))).toEqual([]);
	});

	it("stops on Ctrl-C and leaves nothing", async () => {
		const directory = await mkdtemp(join(tmpdir(), "cres-save-"));
		const controller = new AbortController();
		const stopping = { ...ports, signal: controller.signal, progress: { ...silent } };
		const saving = saveResult(stopping, { video: { key, bytes: content.length } }, into(directory));
		controller.abort(new Error("stopped"));
		await expect(saving).rejects.toThrow("stopped");
		expect(await readdir(directory)).toEqual(["video-1"]);
		expect(await readdir(join(directory, "video-1"))).toEqual([]);
	});
});
