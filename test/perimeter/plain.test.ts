import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { isOwnMachine } from "../../src/perimeter/address.ts";
import { plainAddresses } from "../../src/perimeter/plain.ts";
import { Secret } from "../../src/secrets/secret.ts";

let root: string;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-plain-"));
	await mkdir(join(root, "docs"));
});

const TLS = { ca: undefined, client: undefined, serverName: undefined };
type Given = Parameters<typeof plainAddresses>[0];
const settings = (change: { temporal?: object; store?: object; tls?: boolean; apiKey?: boolean } = {}): Given => ({
	root,
	temporal: { address: "127.0.0.1:7233", namespace: "default", ...change.temporal },
	temporalTls: change.tls ? TLS : undefined,
	store: { endpoint: "localhost:9000", secure: false, bucket: "cres", ...change.store } as Given["store"],
	secret: (name) => (change.apiKey && name === "TEMPORAL_API_KEY" ? new Secret("api-key-sentinel") : undefined),
});
const found = async (given: Given) => (await plainAddresses(given)).map(({ setting }) => setting);

describe("A1: what is spoken to in clear", () => {
	it.each([
		"127.0.0.1",
		"10.0.0.7",
		"172.20.1.1",
		"192.168.1.5",
		"100.100.1.2",
		"[fd00::1]",
		"[::1]",
		"localhost",
		"huihuang",
		"t.lan",
	])("is nobody's concern on a network of one's own: %s", async (host) => {
		expect(await found(settings({ temporal: { address: `${host}:7233` } }))).toEqual([]);
	});

	it("is not one's own by a name that only begins like loopback", () => {
		const hosts = ["127.0.0.1", "127.9.9.9", "localhost", "a.localhost", "::", "127.example.com", "10.0.0.7"];
		expect(hosts.filter(isOwnMachine)).toEqual(hosts.slice(0, 5));
	});

	it("is named where it leads over a public network, for the control host and for instances", async () => {
		const temporal = { address: "203.0.113.7:7233", instance_address: "[2001:db8::7]:7233" };
		const store = { endpoint: "172.32.0.1:9000", instance_endpoint: "198.51.100.7:9000" };
		expect(await plainAddresses(settings({ temporal, store }))).toEqual([
			{ setting: "temporal.address", address: "203.0.113.7:7233", fix: "set temporal.tls" },
			{ setting: "temporal.instance_address", address: "[2001:db8::7]:7233", fix: "set temporal.tls" },
			{ setting: "store.endpoint", address: "172.32.0.1:9000", fix: "set store.secure: true" },
			{ setting: "store.instance_endpoint", address: "198.51.100.7:9000", fix: "set store.secure: true" },
		]);
	});

	it("is safe with TLS, with an API key, which turns TLS on, and with HTTPS", async () => {
		const temporal = { address: "203.0.113.7:7233" };
		const store = { endpoint: "203.0.113.7:9000", secure: true };
		expect(await found(settings({ temporal, store, tls: true }))).toEqual([]);
		expect(await found(settings({ temporal, store, apiKey: true }))).toEqual([]);
		expect(await found(settings({ temporal, store }))).toEqual(["temporal.address"]);
	});

	it("may be declared in docs/Perimeter.md, with a reason", async () => {
		const given = settings({ temporal: { address: "203.0.113.7:7233" } });
		const rowFor = (why: string) =>
			`# Perimeter\n\n## Allowed on instances\n\n| address | port | why |\n| --- | --- | --- |\n| 203.0.113.0/24 | 7233 | ${why} |\n`;
		for (const [why, left] of [
			["plain: a VPN carries it", []],
			["plain:", ["temporal.address"]],
			["Temporal", ["temporal.address"]],
		] as const) {
			await writeFile(join(root, "docs", "Perimeter.md"), rowFor(why));
			expect([why, await found(given)]).toEqual([why, left]);
		}
	});
});

describe("A1: what an instance is given", () => {
	it("counts for the instance: another address, and HTTPS of its own", async () => {
		const store = { endpoint: "127.0.0.1:9000", instance_endpoint: "203.0.113.9:9000" };
		const of = async (environment: Record<string, string>) =>
			(await plainAddresses(settings({ store }), environment)).map(({ address }) => address);
		expect(await of({ MINIO_ENDPOINT: "203.0.113.9:9000", MINIO_SECURE: "true" })).toEqual([]);
		expect(await of({ MINIO_ENDPOINT: "198.51.100.1:9000", MINIO_SECURE: "false" })).toEqual(["198.51.100.1:9000"]);
		expect(await of({ TEMPORAL_ADDRESS: "203.0.113.3:7233", MINIO_ENDPOINT: "10.0.0.1:9000" })).toEqual([
			"203.0.113.3:7233",
		]);
	});
});
