import { readdirSync, readFileSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createRegistry } from "../../src/registry/registry.ts";
import { imageManifestSchema } from "../../src/registry/schemas.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { environmentOf, settingsFor, writeEnvironment, writeSettings } from "../support/cres.ts";
import { makeDeployable, succeed, variable, type Deployable } from "../support/deployable.ts";
import { SENTINEL } from "../support/store-accounts.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-sentinel";
const CODEC_KEY = Buffer.from("SENTINEL-key-of-32-bytes-of-AES.").toString("base64");
const KEYS = {
	MINIO_ACCESS_KEY: SENTINEL.accessKey,
	MINIO_SECRET_KEY: SENTINEL.secretKey,
	TEMPORAL_CODEC_KEYS: `sentinel:${CODEC_KEY}`,
};
const WRONG = "SENTINEL-wrong-password";
const API_KEY = "SENTINEL.temporal.api-key";
const { username, password } = perimeter.registry;
const SECRETS = [password, ...Object.values(KEYS), CODEC_KEY, WRONG, API_KEY];
/** As they are and in the encodings in which headers, URLs and JSON carry them. */
const NEEDLES = SECRETS.flatMap((secret) => [
	secret,
	JSON.stringify(secret).slice(1, -1),
	encodeURIComponent(secret),
	Buffer.from(secret).toString("base64"),
	Buffer.from(secret).toString("base64url"),
	Buffer.from(`${username}:${secret}`).toString("base64"),
]);
const found = (text: string): string[] => NEEDLES.filter((needle) => text.includes(needle));

let project: Deployable;
let environment: Record<string, string>;

beforeAll(async () => {
	environment = { ...environmentOf(perimeter), ...KEYS };
	const quoted = { ...environment, MINIO_SECRET_KEY: `\`${KEYS.MINIO_SECRET_KEY}\`` };
	project = await makeDeployable(perimeter, NAME, settingsFor(perimeter, NAME), quoted);
	environment = quoted;
});
afterAll(() => project.remove());

describe("the secrets of a project", () => {
	it("stand in no program's arguments while an image is built and a container deployed", async () => {
		using seen = sampleArguments();
		await succeed(project.cres("build", "app", "--push", "--allow-dirty", "--no-cache"));
		await succeed(project.cres("deploy", NAME));
		expect([...seen.arguments].some((line) => /docker\0build\0/.test(line))).toBe(true);
		expect([...seen.arguments].flatMap(found)).toEqual([]);
	});

	it("reach the container's environment and nothing else of it", async () => {
		const container = await project.only();
		expect(Object.keys(KEYS).map((name) => variable(container, name))).toEqual(Object.values(KEYS));
		expect(found(container.Config.Env.join("\n"))).not.toContain(password);
		const { Env: _env, ...rest } = container.Config;
		expect(found(JSON.stringify({ ...container, Config: rest }))).toEqual([]);
		const log = await project.log(container.Id);
		expect(log).toContain("worker starts");
		expect(found(log)).toEqual([]);
	});

	it("stand in no layer, config or annotation of the image", async () => {
		const { digest, layers } = await imageText(await project.only().then(({ Config }) => Config.Image));
		expect(layers.length).toBeGreaterThan(2);
		expect(layers.flatMap(found)).toEqual([]);
		expect(digest).toMatch(/^sha256:/);
	});

	it("are printed by no command, whether it succeeds or fails", async () => {
		const reports = [
			["status"],
			["pollers"],
			["releases"],
			["config"],
			["doctor"],
			["logs", NAME],
			["build", "app", "--push", "--dry-run"],
		];
		for (const args of reports) {
			await project.cres(...args);
			await project.cres(...args, "--json");
		}
		await writeSettings(project.directory, { ...settingsFor(perimeter, NAME), env: { WORKER_CPU_THREADS: "none" } });
		expect((await project.cres("deploy", NAME)).exitCode).toBe(4);
		await writeSettings(project.directory, settingsFor(perimeter, NAME));
		await writeEnvironment(project.directory, { ...environment, REGISTRY_PASSWORD: WRONG });
		for (const command of [
			["deploy", NAME, "--json"],
			["build", "app", "--push", "--allow-dirty"],
		])
			expect((await project.cres(...command)).exitCode).toBe(1);
		// The dev server takes any key; over mTLS it is sent.
		await writeEnvironment(project.directory, { ...environment, TEMPORAL_API_KEY: API_KEY });
		expect((await project.cres("deploy", NAME, "--json")).exitCode).toBe(0);
		expect(project.printed.join("\n")).toContain("[redacted]");
		expect(project.printed.flatMap(found)).toEqual([]);
	}, 90_000);

	it("stand in no file of the project but .env", async () => {
		const entries = await readdir(project.directory, { recursive: true, withFileTypes: true });
		const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
		const others = files.filter((path) => path !== join(project.directory, ".env"));
		expect(others.map((path) => path.slice(project.directory.length + 1))).toEqual(
			expect.arrayContaining([
				"cres.yaml",
				join("docs", "PLAN.md"),
				expect.stringMatching(/releases.*\.jsonl$/),
				expect.stringMatching(/journal/),
			]),
		);
		const texts = await Promise.all(others.map((path) => readFile(path, "utf8")));
		expect(texts.flatMap(found)).toEqual([]);
		expect(await project.leftovers()).toEqual([]);
	});
});

/** Collects the arguments of every process of this machine until it is disposed of. */
function sampleArguments(): { arguments: Set<string> } & Disposable {
	const lines = new Set<string>();
	const timer = setInterval(() => {
		for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
			try {
				lines.add(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
			} catch {
				// It has ended meanwhile.
			}
	}, 20);
	return { arguments: lines, [Symbol.dispose]: () => clearInterval(timer) };
}

/** Manifest, config and the unpacked thin layers of an image, as text. */
async function imageText(reference: string): Promise<{ digest: string; layers: string[] }> {
	const credential = { username, password: new Secret(password) };
	const registry = createRegistry({ address: perimeter.registry.address, tls: false }, credential);
	const digest = reference.split("@")[1]!;
	const { bytes } = (await registry.manifest("cres/worker", digest))!;
	const { config, layers } = imageManifestSchema.parse(JSON.parse(bytes.toString()));
	const thin = layers.filter(({ size }) => size < 10e6); // the others are of the base image, which gets no secret
	const blobs = await Promise.all(thin.map((layer) => registry.blob("cres/worker", layer.digest)));
	const described = await registry.blob("cres/worker", config.digest);
	const unpacked = blobs.map((blob) => gunzipSync(blob).toString("latin1"));
	return { digest, layers: [bytes.toString(), described.toString(), ...unpacked] };
}
