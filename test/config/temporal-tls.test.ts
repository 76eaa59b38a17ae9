import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { beforeEach, describe, expect, it } from "vitest";
import { secretValues } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { fingerprintsOf, renderRunSpec } from "../../src/rollout/run-spec.ts";
import { TLS_FILES } from "../support/tls-front.ts";

const SETTINGS = {
	project: "tls",
	image: { repository: "owner/worker" },
	registry: { push: { address: "127.0.0.1:5000" } },
	store: { endpoint: "127.0.0.1:9000" },
	instances: { "cpu-1": { driver: "docker", host: "203.0.113.7", key: "id", roles: ["cpu"] } },
};
const FILES = { ca: "ca.pem", cert: "client.pem", key: "client-key.pem" };

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-tls-"));
	const [certificate, key] = await Promise.all([readFile(TLS_FILES.certificate), readFile(TLS_FILES.key)]);
	await Promise.all([
		writeFile(join(root, "ca.pem"), certificate),
		writeFile(join(root, "client.pem"), certificate),
		writeFile(join(root, "client-key.pem"), key),
	]);
});

async function load(tls: object | undefined, environment: Record<string, string> = {}) {
	const temporal = { address: "ns.acc.tmprl.cloud:7233", ...(tls === undefined ? {} : { tls }) };
	await writeFile(join(root, "cres.yaml"), stringify({ ...SETTINGS, temporal }));
	return loadConfig({ directory: root, environment });
}

async function reached(tls: object | undefined, environment: Record<string, string> = {}) {
	const config = await load(tls, environment);
	const secrets = secretValues(config);
	const prints = fingerprintsOf(secrets, Buffer.alloc(32));
	const { env, secrets: fingerprints } = renderRunSpec(config, "cpu-1", config.instances["cpu-1"]!, prints, false);
	const tlsEnv = Object.entries(env).filter(([name]) => name.startsWith("TEMPORAL_TLS"));
	return { config, env: Object.fromEntries(tlsEnv), secrets, fingerprints };
}

const decoded = (text: string | undefined) => Buffer.from(text ?? "", "base64").toString();

describe("A1: temporal.tls", () => {
	it("reaches a container as its environment, the key and the API key as secrets", async () => {
		const tls = { ...FILES, server_name: "temporal.example", instance_server_name: "inside.example" };
		const { config, env, secrets, fingerprints } = await reached(tls, { TEMPORAL_API_KEY: "api-key-sentinel" });
		const certificate = await readFile(TLS_FILES.certificate, "utf8");
		const key = await readFile(TLS_FILES.key, "utf8");
		expect(config.temporalTls).toMatchObject({ ca: certificate, serverName: "temporal.example" });
		expect(config.temporalTls!.client!.key.reveal()).toBe(key);
		expect(env).toMatchObject({ TEMPORAL_TLS: "true", TEMPORAL_TLS_SERVER_NAME: "inside.example" });
		expect([env["TEMPORAL_TLS_CA"], env["TEMPORAL_TLS_CERT"]].map(decoded)).toEqual([certificate, certificate]);
		expect(Object.keys(secrets)).toEqual(["TEMPORAL_API_KEY", "TEMPORAL_TLS_KEY"]);
		expect(decoded(secrets["TEMPORAL_TLS_KEY"]!.reveal())).toBe(key);
		expect(Object.keys(fingerprints)).toEqual(Object.keys(secrets));
		expect(Object.values({ ...env, ...fingerprints }).filter((value) => /\s/.test(value))).toEqual([]);
	});

	it("is on with nothing but {}, for servers with a public certificate", async () => {
		const { config, env, secrets } = await reached({});
		expect(config.temporalTls).toEqual({ ca: undefined, client: undefined, serverName: undefined });
		expect([env, secrets]).toEqual([{ TEMPORAL_TLS: "true" }, {}]);
	});

	it("leaves the environment as it was where it is not set", async () => {
		const { config, env, secrets } = await reached(undefined);
		expect([config.temporalTls, env, secrets]).toEqual([undefined, {}, {}]);
	});

	it.each([
		["ca", { ca: "missing.pem" }, /missing\.pem cannot be read \(ENOENT/],
		["cert", { cert: "client-key.pem", key: "client-key.pem" }, /client-key\.pem holds no certificate in PEM/],
		["key", { cert: "client.pem", key: "ca.pem" }, /ca\.pem holds no unencrypted private key in PEM/],
	])("names the setting of a file that is missing or another: %s", async (setting, tls, message) => {
		await expect(load(tls)).rejects.toMatchObject({
			...{ code: "tls_file_invalid", hint: `correct temporal.tls.${setting} in cres.yaml` },
			message: expect.stringMatching(message),
		});
	});

	it("takes a certificate and its key together", async () => {
		await expect(load({ cert: "client.pem" })).rejects.toMatchObject({
			code: "config_invalid",
			message: expect.stringContaining("cert and key together"),
		});
	});
});
