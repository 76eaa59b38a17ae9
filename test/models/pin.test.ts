import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fetchModels } from "../../images/models/fetch.ts";
import { loadConfig } from "../../src/config/load.ts";
import { MODELS_MANIFEST_KEY, pinnedManifestKey } from "../../src/contracts/models.ts";
import { pushModel, type PushPorts } from "../../src/models/push.ts";
import { recordManifest } from "../../src/models/record-manifest.ts";
import { renderRunSpec } from "../../src/rollout/run-spec.ts";
import { openS3 } from "../../src/store/open.ts";
import { systemClock } from "../../src/system/clock.ts";
import { silent } from "../../src/system/progress.ts";
import { makePlace, oneFile, type Place } from "../images/models/directory.ts";
import { sha256 } from "../images/models/file-server.ts";
import { startWeed, type Weed } from "./weed.ts";

let weed: Weed;
let root: string;
beforeAll(async () => {
	[weed, root] = await Promise.all([startWeed(), mkdtemp(join(tmpdir(), "cres-pin-"))]);
	await writeFile(join(root, "small.gguf"), "GGUF small");
	await writeFile(join(root, "other.gguf"), "GGUF other");
}, 60_000);
afterAll(() => Promise.all([weed.close(), rm(root, { recursive: true, force: true })]));
beforeEach(async () => {
	const yaml = `project: video
image: { repository: owner/worker }
registry: { push: { address: ghcr.io } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "${weed.endpoint}" } # ours
instances: { cpu-1: { driver: docker, host: 203.0.113.7, key: id, roles: [gpu] } }
`;
	await writeFile(join(root, "cres.yaml"), yaml);
	for (const { key } of await keys()) await ask("DELETE", key);
});

const load = () =>
	loadConfig({
		directory: root,
		environment: { MINIO_ACCESS_KEY: weed.accessKey, MINIO_SECRET_KEY: weed.secretKey },
	});
const ask = async (method: "GET" | "DELETE", key: string, query = {}) =>
	openS3(await load()).call({ method, key, query, signal: AbortSignal.timeout(10_000), ok: [404] });
const keys = async () => {
	const text = String((await ask("GET", "", { "list-type": "2", prefix: "models/" })).content);
	return [...text.matchAll(/<Key>([^<]+)</g)].map(([, key]) => ({ key: key! }));
};

/** `cres models push`, with the cres.yaml of now. */
async function push(name: string, { accept = false, dryRun = false, cutOff = false } = {}) {
	const config = await load();
	const record: PushPorts["record"] = (sum) =>
		cutOff ? Promise.reject(new Error("the power failed")) : recordManifest(config, sum);
	const signal = AbortSignal.timeout(20_000);
	const pin = accept ? undefined : config.models.manifest;
	const options = { path: join(root, `${name}.gguf`), name, kind: "llm" as const, dryRun, pin };
	return pushModel({ s3: openS3(config), clock: systemClock, progress: silent, signal, record }, options);
}

/** The boot of a container that is deployed with the cres.yaml of now. */
async function boot(pin?: string) {
	const config = await load();
	const { env } = renderRunSpec(config, "cpu-1", config.instances["cpu-1"]!, {}, false);
	const store = { ...weed, endpoint: `http://${weed.endpoint}`, keysFrom: "tests" };
	const manifestSha256 = pin ?? env["MODELS_MANIFEST_SHA256"];
	const place: Place = await makePlace({ store, manifestSha256 });
	return { place, fetched: await fetchModels(place.options).finally(() => place[Symbol.asyncDispose]()) };
}
const manifestBytes = async () => Buffer.from(await (await weed.get(MODELS_MANIFEST_KEY))!.arrayBuffer());
const pinned = async () => (await load()).models.manifest!;

/** Somebody who may write to the bucket puts another content into place, and a manifest that names it. */
async function forge(...manifestKeys: string[]): Promise<string> {
	const evil = Buffer.from("GGUF evil");
	await weed.put("models/llm/evil", evil);
	const manifest = JSON.stringify({ version: 1, models: [oneFile("llm/small.gguf", evil, "models/llm/evil")] });
	for (const key of manifestKeys) await weed.put(key, manifest);
	return sha256(Buffer.from(manifest));
}

describe("A2: the manifest of models", () => {
	it("is written into cres.yaml by its sum, and reaches a container with the next deploy", async () => {
		const before = await readFile(join(root, "cres.yaml"), "utf8");
		const pushed = await push("small");
		const sum = sha256(await manifestBytes());
		expect(pushed).toMatchObject({ manifestSha256: sum, recorded: true });
		expect(await readFile(join(root, "cres.yaml"), "utf8")).toBe(`${before}models:\n  manifest: "${sum}"\n`);
		expect((await boot()).fetched).toMatchObject({ fetched: ["llm/small.gguf"] });
		expect(await push("small")).toMatchObject({ manifest: "unchanged", recorded: false });
		const second = await push("other");
		expect(await readFile(join(root, "cres.yaml"), "utf8")).toBe(
			`${before}models:\n  manifest: "${second.manifestSha256}"\n`,
		);
	});

	it("is refused at boot when it was changed together with a model, with what was expected and seen", async () => {
		await push("small");
		const pin = await pinned();
		const seen = await forge(MODELS_MANIFEST_KEY, pinnedManifestKey(pin));
		const { place, ...failed } = await boot().then(
			() => expect.unreachable(),
			(error: unknown) => ({ place: undefined, error }),
		);
		expect([place, failed]).toMatchObject([
			undefined,
			{
				error: {
					fault: "checksum-mismatch",
					message: `the manifest of models: expected sha256 ${pin} as this container was deployed with, got ${seen}; see who wrote to the bucket (cres models list), then cres models push and cres deploy`,
				},
			},
		]);
	});

	it("of a deploy is still found when another one took its place", async () => {
		await push("small");
		const pin = await pinned();
		await forge(MODELS_MANIFEST_KEY);
		expect((await boot()).fetched).toMatchObject({ fetched: ["llm/small.gguf"] });
		await push("other", { accept: true });
		expect((await boot(pin)).fetched.manifest?.models.map(({ name }) => name)).toEqual(["small"]);
	});

	it("that is gone is refused where one is pinned", async () => {
		await expect(boot("0".repeat(64))).rejects.toMatchObject({
			fault: "source-missing",
			message: expect.stringContaining(
				`expected sha256 ${"0".repeat(64)} as this container was deployed with, got none`,
			),
		});
	});

	it("is taken as it is where none is pinned, and the log says so", async () => {
		await forge(MODELS_MANIFEST_KEY);
		const { place, fetched } = await boot();
		expect(fetched).toMatchObject({ fetched: ["llm/small.gguf"] });
		expect(place.lines).toContain(
			"INFO models: no checksum of the manifest was given; who writes to the bucket chooses the models",
		);
	});

	it("is recorded by the same command when a push was cut off before it", async () => {
		await push("small");
		const pin = await pinned();
		await expect(push("other", { cutOff: true })).rejects.toThrow("the power failed");
		expect(await pinned()).toBe(pin);
		await expect(push("small")).rejects.toMatchObject({ code: "manifest_changed" });
		expect(await push("other")).toMatchObject({ manifest: "unchanged", recorded: true });
		expect(await pinned()).toBe(sha256(await manifestBytes()));
	});

	it("is not recorded where it is not what that push would have made of the one that is pinned", async () => {
		await push("small");
		const pin = await pinned();
		await expect(push("other", { cutOff: true })).rejects.toThrow("the power failed");
		const text = (await manifestBytes()).toString();
		const evil = Buffer.from("GGUF evil");
		const changes = [
			`${text}\n`,
			text.replaceAll(sha256(Buffer.from("GGUF small")), sha256(evil)),
			text.replaceAll(sha256(Buffer.from("GGUF other")), sha256(evil)),
		];
		for (const changed of changes) {
			await weed.put(MODELS_MANIFEST_KEY, changed);
			await expect(push("other")).rejects.toMatchObject({ code: "manifest_changed" });
		}
		await weed.put(MODELS_MANIFEST_KEY, text);
		await forge(pinnedManifestKey(pin));
		await expect(push("other")).rejects.toMatchObject({ code: "manifest_changed" });
		await ask("DELETE", pinnedManifestKey(pin));
		await expect(push("other")).rejects.toMatchObject({ code: "manifest_changed" });
	});

	it("is pinned by its bytes, and kept by them when it is replaced", async () => {
		await push("small");
		const marked = Buffer.concat([Buffer.from("\uFEFF"), await manifestBytes()]);
		await weed.put(MODELS_MANIFEST_KEY, marked);
		await expect(push("small")).rejects.toMatchObject({ message: expect.stringContaining(sha256(marked)) });
		await push("other", { accept: true });
		const kept = await weed.get(pinnedManifestKey(sha256(marked)));
		expect(Buffer.from(await kept!.arrayBuffer()).equals(marked)).toBe(true);
	});

	it("does not concern an instance that loads no models", async () => {
		await push("small");
		const config = await load();
		const env = (roles: ("cpu" | "gpu")[]) =>
			renderRunSpec(config, "cpu-1", { ...config.instances["cpu-1"]!, roles }, {}, false).env;
		expect(env(["cpu"])).not.toHaveProperty("MODELS_MANIFEST_SHA256");
		expect(env(["cpu", "gpu"])).toHaveProperty("MODELS_MANIFEST_SHA256", await pinned());
	});

	it("of somebody else is no ground to push on, unless it is accepted", async () => {
		await push("small");
		const pin = await pinned();
		const seen = await forge(MODELS_MANIFEST_KEY);
		for (const dryRun of [true, false])
			await expect(push("other", { dryRun })).rejects.toMatchObject({
				code: "manifest_changed",
				message: `models/manifest.json in cres has sha256 ${seen}; cres.yaml names ${pin}`,
				hint: expect.stringContaining("--accept-manifest"),
			});
		expect(await pinned()).toBe(pin);
		expect(await push("other", { accept: true })).toMatchObject({ manifest: "updated", recorded: true });
		expect(await pinned()).not.toBe(pin);
	});
});
