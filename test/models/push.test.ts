import { randomBytes } from "node:crypto";
import { appendFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchModels } from "../../images/models/fetch.ts";
import { enterModel, readManifest } from "../../src/models/manifest-object.ts";
import { pushModel, type PushOptions, type PushPorts } from "../../src/models/push.ts";
import { createS3 } from "../../src/store/s3.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { systemClock } from "../../src/system/clock.ts";
import { silent } from "../../src/system/progress.ts";
import { makePlace, oneFile } from "../images/models/directory.ts";
import { sha256 } from "../images/models/file-server.ts";
import { startWeed, type Weed } from "./weed.ts";

/** The smallest part that S3 takes. */
const PART = 5 << 20;
const large = Buffer.concat([Buffer.from("GGUF"), randomBytes(3 * PART)]);

let weed: Weed;
let directory: string;
let ports: PushPorts;
beforeAll(async () => {
	[weed, directory] = await Promise.all([startWeed(), mkdtemp(join(tmpdir(), "cres-push-"))]);
	await writeFile(join(directory, "large.gguf"), large);
}, 60_000);
beforeEach(() => {
	const keys = { accessKey: new Secret(weed.accessKey), secretKey: new Secret(weed.secretKey) };
	const s3 = createS3({ endpoint: weed.endpoint, secure: false, bucket: weed.bucket, ...keys });
	ports = { s3, clock: systemClock, progress: silent, signal: new AbortController().signal, record: async () => true };
});
afterAll(() => Promise.all([weed.close(), rm(directory, { recursive: true, force: true })]));

const llm = (name = "large", file = "large.gguf"): PushOptions => ({
	path: join(directory, file),
	name,
	kind: "llm",
	dryRun: false,
	pin: undefined,
	partBytes: PART,
});
const outcomes = async (options: PushOptions) => {
	const { files, manifest } = await pushModel(ports, options);
	return [...files.map(({ outcome }) => outcome), manifest];
};
const unfinished = async () =>
	(await ports.s3.call({ method: "GET", key: "", query: { uploads: "" }, signal: ports.signal })).content.includes(
		"<UploadId>",
	);

describe("cres models push", () => {
	it("says what it would do, and does nothing", async () => {
		expect(await outcomes({ ...llm(), dryRun: true })).toEqual(["planned", "planned"]);
		expect(await weed.get("models/manifest.json")).toBeUndefined();
	});

	it("leaves nothing of a large file when it is stopped, and can be repeated", async () => {
		const controller = new AbortController();
		const step: PushPorts["progress"]["step"] = (title, work) =>
			work(() => title.startsWith("send") && controller.abort(new Error("stopped")));
		const stopping = { ...ports, signal: controller.signal, progress: { ...silent, step } };
		await expect(pushModel(stopping, llm())).rejects.toThrow("stopped");
		expect(await unfinished()).toBe(false);
		expect((await readManifest(ports.s3, ports.signal)).manifest.models).toEqual([]);
	});

	it("sends a large file in parts, once, and enters it", async () => {
		expect(await outcomes(llm())).toEqual(["uploaded", "updated"]);
		const { models } = (await readManifest(ports.s3, ports.signal)).manifest;
		const key = `models/llm/large/${sha256(large).slice(0, 16)}/large.gguf`;
		const file = { path: "llm/large.gguf", bytes: large.length, sha256: sha256(large), source: key };
		expect(models).toEqual([{ name: "large", kind: "llm", files: [file] }]);
		expect(Buffer.from(await (await weed.get(key))!.arrayBuffer()).equals(large)).toBe(true);
		expect(await unfinished()).toBe(false);
		expect(await outcomes(llm())).toEqual(["present", "unchanged"]);
	});

	it("refuses a file that is changed on the way, and leaves nothing of it", async () => {
		const path = join(directory, "changing.gguf");
		await writeFile(path, large);
		const step: PushPorts["progress"]["step"] = (title, work) =>
			work(() => title.startsWith("send") && appendFileSync(path, "more"));
		const changing = { ...ports, progress: { ...silent, step } };
		await expect(pushModel(changing, llm("changing", "changing.gguf"))).rejects.toMatchObject({ code: "file_changed" });
		expect(await weed.get(`models/llm/changing/${sha256(large).slice(0, 16)}/changing.gguf`)).toBeUndefined();
		expect(await unfinished()).toBe(false);
	});

	it("takes of a whisper directory what is read of it", async () => {
		const path = join(directory, "base");
		await mkdir(path);
		for (const name of ["model.bin", "config.json", "tokenizer.json"]) await writeFile(join(path, name), name);
		const whisper: PushOptions = { path, name: "base", kind: "whisper", dryRun: false, pin: undefined };
		await expect(pushModel(ports, whisper)).rejects.toMatchObject({ message: `${path} lacks vocabulary.txt` });
		await writeFile(join(path, "vocabulary.txt"), "a");
		await writeFile(join(path, "README.md"), "b");
		const { files } = await pushModel(ports, whisper);
		expect(files.map((file) => file.path)).toEqual(
			["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"].map((name) => `whisper/base/${name}`),
		);
	});

	it("fills what an image fetches", async () => {
		const store = { ...weed, endpoint: `http://${weed.endpoint}`, keysFrom: "tests" };
		await using place = await makePlace({ store });
		const { fetched } = await fetchModels(place.options);
		expect(fetched).toHaveLength(5);
		expect((await place.read("llm/large.gguf")).equals(large)).toBe(true);
		expect((await place.read("whisper/base/model.bin")).toString()).toBe("model.bin");
	});

	it("replaces a model of the same name by its new content; who fetches the old one still can", async () => {
		const { models: before } = (await readManifest(ports.s3, ports.signal)).manifest;
		await writeFile(join(directory, "base", "model.bin"), "another");
		const path = join(directory, "base");
		expect(await outcomes({ path, name: "base", kind: "whisper", dryRun: false, pin: undefined })).toEqual([
			...["present", "uploaded", "present", "present", "updated"],
		]);
		const old = before.find(({ name }) => name === "base")!.files.find((file) => file.path.endsWith("model.bin"))!;
		expect(await (await weed.get(old.source))!.text()).toBe("model.bin");
	});
});

describe("what is no model", () => {
	it("is refused before anything is sent", async () => {
		await writeFile(join(directory, "other.gguf"), "PK zip");
		await writeFile(join(directory, "empty.gguf"), "");
		await writeFile(join(directory, "a b.gguf"), "GGUF");
		const message = (options: PushOptions) => pushModel(ports, options).catch((error: Error) => error.message);
		expect(await message(llm("x", "no-such"))).toBe(`${join(directory, "no-such")} is not there`);
		expect(await message(llm("x", "other.gguf"))).toBe(`${join(directory, "other.gguf")} is not a GGUF file`);
		expect(await message(llm("x", "empty.gguf"))).toMatch(/is empty$/);
		expect(await message(llm("x", "a b.gguf"))).toMatch(/letters, digits/);
		expect(await message({ ...llm("x"), kind: "whisper" })).toMatch(/a whisper model is a directory$/);
		await expect(pushModel(ports, llm("another-name"))).rejects.toMatchObject({ code: "model_path_taken" });
	});
});

describe("the manifest", () => {
	it("holds every model when several are entered at once", async () => {
		const models = ["a", "b", "c"].map((name) => ({ ...oneFile(`llm/${name}.gguf`, large, "x"), name }));
		await Promise.all(models.map((model) => enterModel(ports.s3, model, ports.signal)));
		const { models: held } = (await readManifest(ports.s3, ports.signal)).manifest;
		expect(held.map(({ name }) => name)).toEqual(["a", "b", "c", "large", "base"]);
	});

	it("holds them at a server that knows no conditions, too", async () => {
		const { s3 } = ports;
		let others = 1;
		const call: typeof s3.call = async ({ headers: given = {}, ...rest }) => {
			const headers = Object.fromEntries(Object.entries(given).filter(([name]) => name !== "if-match"));
			// Somebody else reads before, and writes after us.
			const before =
				rest.method === "PUT" && rest.key === "models/manifest.json" && others-- > 0
					? await (await weed.get("models/manifest.json"))!.text()
					: "";
			const response = await s3.call({ ...rest, headers });
			if (before) await weed.put("models/manifest.json", before);
			return response;
		};
		const model = { ...oneFile("llm/d.gguf", large, "x"), name: "d" };
		expect(await enterModel({ ...s3, call }, model, ports.signal)).toMatchObject({ changed: true });
		expect((await readManifest(s3, ports.signal)).manifest.models.map(({ name }) => name)).toContain("d");
	});

	it("that is none is told, and what the store refuses, too", async () => {
		await weed.put("models/manifest.json", "{}");
		await expect(pushModel(ports, llm())).rejects.toMatchObject({ code: "manifest_invalid" });
		const failing = (changed: object) => {
			const keys = { accessKey: new Secret(weed.accessKey), secretKey: new Secret(weed.secretKey) };
			const s3 = createS3({ endpoint: weed.endpoint, secure: false, bucket: weed.bucket, ...keys, ...changed });
			return readManifest(s3, ports.signal);
		};
		await expect(failing({ bucket: "no-such" })).rejects.toMatchObject({ code: "bucket_missing" });
		await expect(failing({ secretKey: new Secret("another") })).rejects.toMatchObject({ code: "store_unauthorized" });
		await expect(failing({ secretKey: undefined })).rejects.toMatchObject({ code: "store_credential_missing" });
		await expect(failing({ endpoint: "127.0.0.1:1" })).rejects.toMatchObject({ code: "store_unreachable" });
	});
});
