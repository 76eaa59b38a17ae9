import dns from "node:dns";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readSettings } from "../../images/runtime/settings.ts";
import { openStore } from "../../images/runtime/store.ts";
import { loadConfig } from "../../src/config/load.ts";
import { renderRunSpec } from "../../src/rollout/run-spec.ts";
import { openS3 } from "../../src/store/open.ts";
import { createStore } from "../../src/store/store.ts";
import { startWeed, type Weed } from "../models/weed.ts";
import { serve } from "../support/loopback-server.ts";
import { TLS_FILES, tlsFront } from "../support/tls-front.ts";

const NEVER = new AbortController().signal;
const WRITING = { signal: NEVER } as const;

let weed: Weed;
beforeAll(async () => {
	weed = await startWeed();
}, 60_000);
afterAll(() => weed.close());

/** cres.yaml with this store, and the keys of the S3 server. */
async function load(store: object) {
	const root = await mkdtemp(join(tmpdir(), "cres-store-"));
	await writeFile(join(root, "store-ca.pem"), await readFile(TLS_FILES.ca));
	const settings = {
		project: "video",
		image: { repository: "owner/worker" },
		registry: { push: { address: "127.0.0.1:5000" } },
		temporal: { address: "127.0.0.1:7233" },
		store: { bucket: weed.bucket, ...store },
		instances: { "cpu-1": { driver: "docker", host: "203.0.113.7", key: "id", roles: ["cpu"] } },
	};
	await writeFile(join(root, "cres.yaml"), stringify(settings));
	const environment = { MINIO_ACCESS_KEY: weed.accessKey, MINIO_SECRET_KEY: weed.secretKey };
	return loadConfig({ directory: root, environment });
}

/** What an image opens with the environment that a deploy gives it. */
function inImage(config: Awaited<ReturnType<typeof load>>) {
	const { env } = renderRunSpec(config, "cpu-1", config.instances["cpu-1"]!, {}, false);
	const keys = { MINIO_ACCESS_KEY: weed.accessKey, MINIO_SECRET_KEY: weed.secretKey };
	return { env, store: openStore(readSettings({ ...env, ...keys }).store, { client: { maxAttempts: 1 } }) };
}

describe("A2: a store behind TLS with a private CA", () => {
	it("is read and written by the toolkit and by an image that have store.ca", async () => {
		await using front = await tlsFront(weed.endpoint, { protocol: "http/1.1" });
		const config = await load({ endpoint: `localhost:${front.port}`, secure: true, ca: "store-ca.pem" });
		const s3 = openS3(config);
		const body = "x".repeat(300_000);
		expect((await s3.call({ method: "PUT", key: "a b/ü", body, ...WRITING })).ok).toBe(true);
		expect(String((await s3.call({ method: "GET", key: "a b/ü", ...WRITING })).content)).toBe(body);
		expect((await s3.call({ method: "HEAD", key: "a b/ü", ...WRITING })).headers["content-length"]).toBe("300000");
		const into = join(config.root, "saved");
		expect(await createStore(s3).save("a b/ü", into, WRITING)).toBe(body.length);
		expect(await readFile(into, "utf8")).toBe(body);
		const { store, env } = inImage(config);
		expect(Buffer.from(env["MINIO_TLS_CA"]!, "base64").toString()).toBe(await readFile(TLS_FILES.ca, "utf8"));
		await store.check(NEVER);
		expect(await store.putText("from-image", "text", "text/plain", NEVER)).toMatchObject({ bytes: 4 });
		expect(await store.getText("from-image", NEVER)).toBe("text");
		await store.close();
		expect(front.handshakes).toBeGreaterThan(1);
	});

	it("is refused without it by both, and the toolkit says what to set", async () => {
		await using front = await tlsFront(weed.endpoint, { protocol: "http/1.1" });
		const config = await load({ endpoint: `localhost:${front.port}`, secure: true });
		await expect(openS3(config).call({ method: "HEAD", key: "", ...WRITING })).rejects.toMatchObject({
			code: "store_unreachable",
			hint: "set store.ca in cres.yaml to the PEM file of the CA that signed the store's certificate",
		});
		const { store, env } = inImage(config);
		expect(env).not.toHaveProperty("MINIO_TLS_CA");
		await expect(store.check(NEVER)).rejects.toThrow("set store.ca in cres.yaml");
		await store.close();
	});

	it("is refused when another CA signed its certificate, by its own CA's name or not", async () => {
		const { host } = await serve(() => ({ status: 200 }), { tls: true });
		const config = await load({ endpoint: host, secure: true, ca: "store-ca.pem" });
		await expect(openS3(config).call({ method: "HEAD", key: "", ...WRITING })).rejects.toMatchObject({
			code: "store_unreachable",
		});
		const { store } = inImage(config);
		await expect(store.check(NEVER)).rejects.toThrow(/the store at https/);
		await store.close();
	});

	it("ends with the signal, and with the time that a call may take", async () => {
		const { host } = await serve(() => undefined, { tls: true });
		const config = await load({ endpoint: host, secure: true });
		const ca = await readFile(new URL("../fixtures/tls/certificate.pem", import.meta.url), "utf8");
		const s3 = openS3({ store: config.store, storeCa: ca, secret: (name) => config.secret(name) });
		const stopped = s3.call({ method: "GET", key: "k", signal: AbortSignal.timeout(100) });
		await expect(stopped).rejects.toMatchObject({ name: "TimeoutError" });
		await expect(s3.call({ method: "GET", key: "k", ...WRITING, timeoutMs: 100 })).rejects.toMatchObject({
			code: "store_unreachable",
		});
	});

	it("is tried again where the server puts the call off, and not followed to another host", async () => {
		const replies = [
			{ status: 503 },
			{ status: 200, body: "late" },
			{ status: 307, headers: { location: "http://x" } },
		];
		const { host, asked } = await serve(() => replies.shift(), { tls: true });
		const ca = await readFile(new URL("../fixtures/tls/certificate.pem", import.meta.url), "utf8");
		const config = await load({ endpoint: host, secure: true });
		const s3 = openS3({ store: config.store, storeCa: ca, secret: (name) => config.secret(name) });
		expect(String((await s3.call({ method: "GET", key: "k", ...WRITING })).content)).toBe("late");
		await expect(s3.call({ method: "GET", key: "k", ...WRITING })).rejects.toMatchObject({ code: "store_failed" });
		expect(asked).toHaveLength(3);
	});

	it.each([
		["without HTTPS", { endpoint: "s3.test:9000", ca: "store-ca.pem" }, "config_invalid", "a CA needs store.secure"],
		[
			"not there",
			{ endpoint: "s3.test:9000", secure: true, ca: "no.pem" },
			"tls_file_invalid",
			"no.pem cannot be read",
		],
	])("is refused in cres.yaml: %s", async (_case, store, code, message) => {
		await expect(load(store)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
	});
});

/** Answers for a name that no resolver of this machine knows. */
function resolveHere(name: string): void {
	const { lookup } = dns;
	onTestFinished(() => void Object.assign(dns, { lookup }));
	const here = (host: string, ...rest: [dns.LookupOptions, () => void]) =>
		lookup(host === name ? "127.0.0.1" : host, ...rest);
	Object.assign(dns, { lookup: here });
}

describe("A2: the bucket in the host name", () => {
	it.each([
		[false, "cres.s3.test", "/key?list-type=2"],
		[true, "s3.test", "/cres/key?list-type=2"],
	])("path_style: %s", async (path_style, name, path) => {
		const { host, asked } = await serve(() => ({ status: 200 }));
		resolveHere(name);
		const port = host.split(":")[1]!;
		const config = await load({ endpoint: `s3.test:${port}`, path_style });
		const s3 = openS3(config);
		await s3.call({ method: "GET", key: "key", query: { "list-type": "2" }, ...WRITING });
		const { store, env } = inImage(config);
		await store.getText("key", NEVER);
		await store.close();
		expect(env["MINIO_PATH_STYLE"]).toBe(path_style ? undefined : "false");
		expect(asked.map(({ headers }) => headers.host)).toEqual([`${name}:${port}`, `${name}:${port}`]);
		expect(asked[0]!.path).toBe(path);
		expect(asked[1]!.path).toContain(path.split("?")[0]);
	});

	it("is the bucket itself without a key", async () => {
		const { host, asked } = await serve(() => ({ status: 200 }));
		resolveHere("cres.s3.test");
		const config = await load({ endpoint: host.replace("127.0.0.1", "s3.test"), path_style: false });
		await openS3(config).call({ method: "PUT", key: "", ...WRITING });
		expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual(["PUT /"]);
	});

	it.each([
		["127.0.0.1:9000", "cres"],
		["[fd00::1]:9000", "cres"],
		["s3.test:443", "my.bucket"],
		["s3.test:443", "cres", "10.0.0.7:9000"],
	])("is refused where it makes no host name: %s, %s, %s", async (endpoint, bucket, instance_endpoint?: string) => {
		const store = { endpoint, bucket, path_style: false, ...(instance_endpoint ? { instance_endpoint } : {}) };
		await expect(load(store)).rejects.toMatchObject({
			code: "config_invalid",
			message: expect.stringContaining(
				"store.path_style: false needs an endpoint (and instance_endpoint) with a host name",
			),
		});
	});
});
