import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { plainChecks } from "../../src/checks/doctor/plain.ts";
import type { Config } from "../../src/config/config.ts";
import { perimeterSection } from "../../src/contracts/perimeter.ts";
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

const declare = (text: string) => writeFile(join(root, "docs", "Perimeter.md"), text);
const allowing = (address: string, port: string, why: string) => perimeterSection("allowed", [[address, port, why]]);

describe("A1: what is spoken to in clear", () => {
	it.each(["127.0.0.1", "127.9.9.9", "[::1]", "localhost", "t.localhost", "[::ffff:127.0.0.1]"])(
		"is nobody's concern on this machine: %s",
		async (host) => {
			expect(await found(settings({ temporal: { address: `${host}:7233` } }))).toEqual([]);
		},
	);

	it.each(["10.0.0.7", "172.20.1.1", "192.168.1.5", "100.100.1.2", "[fd00::1]", "huihuang", "t.lan", "t.internal"])(
		"is refused on a network of one's own, unless docs/Perimeter.md declares it: %s",
		async (host) => {
			const given = settings({ temporal: { address: `${host}:7233` } });
			expect(await found(given)).toEqual(["temporal.address"]);
			await declare(allowing(host, "", "plain: allowed because it is our own switch"));
			expect(await found(given)).toEqual([]);
		},
	);

	it("is not this machine by a name that only begins like loopback", () => {
		const hosts = ["127.0.0.1", "127.9.9.9", "localhost", "a.localhost", "::", "127.example.com", "10.0.0.7"];
		expect(hosts.filter(isOwnMachine)).toEqual(hosts.slice(0, 5));
	});

	it("is named for the control host and for instances, each with the setting or the very row that mends it", async () => {
		const temporal = { address: "192.168.1.5:7233", instance_address: "[2001:db8::7]:7233" };
		const store = { endpoint: "10.0.0.9:9000" };
		expect(await plainAddresses(settings({ temporal, store }))).toEqual([
			{
				...{ setting: "temporal.address", address: "192.168.1.5:7233" },
				message: "temporal.address (192.168.1.5:7233) is plain, and docs/Perimeter.md does not allow that",
				fix: 'set temporal.tls in cres.yaml, or add to "Hosts" in docs/Perimeter.md: | temporal.address | control | 192.168.1.5 | plain: allowed because … |',
			},
			{
				...{ setting: "temporal.instance_address", address: "[2001:db8::7]:7233" },
				message: "temporal.instance_address ([2001:db8::7]:7233) is plain, and docs/Perimeter.md does not allow that",
				fix: 'set temporal.tls in cres.yaml, or add to "Allowed on instances" in docs/Perimeter.md: | 2001:db8::7 | 7233 | plain: allowed because … |',
			},
			{
				...{ setting: "store.endpoint", address: "10.0.0.9:9000" },
				message: "store.endpoint (10.0.0.9:9000) is plain, and docs/Perimeter.md does not allow that",
				fix: 'set store.secure: true in cres.yaml, or add to "Allowed on instances" in docs/Perimeter.md: | 10.0.0.9 | 9000 | plain: allowed because … |',
			},
		]);
	});

	it("is allowed by the rows that the message names, once their reason is filled in", async () => {
		const temporal = { address: "192.168.1.5:7233", instance_address: "[2001:db8::7]:7233" };
		const given = settings({ temporal, store: { endpoint: "10.0.0.9:9000" } });
		const rows = (await plainAddresses(given)).map(({ fix }) => /: \| (.*) \|$/.exec(fix)![1]!.split(" | "));
		await declare(
			[
				perimeterSection("planes", [["control"]]),
				perimeterSection(
					"hosts",
					rows.filter((row) => row.length === 4),
				),
				perimeterSection(
					"allowed",
					rows.filter((row) => row.length === 3),
				),
			].join("\n"),
		);
		expect(await plainAddresses(given)).toEqual([]);
	});

	it("points at the row that is there and says nothing of it", async () => {
		const hosts = perimeterSection("hosts", [["huihuang", "control", "-", "the control host by its LAN name"]]);
		await declare(`${hosts}\n${allowing("10.0.0.0/8", "9000", "the VPN")}`);
		const temporal = { address: "huihuang:7233", instance_address: "127.0.0.1:7233" };
		const given = settings({ temporal, store: { endpoint: "10.0.0.9:9000" } });
		expect((await plainAddresses(given)).map(({ fix }) => fix)).toEqual([
			'set temporal.tls in cres.yaml, or begin "what it is" in docs/Perimeter.md:5 with "plain: allowed because …"',
			'set store.secure: true in cres.yaml, or begin "why" in docs/Perimeter.md:11 with "plain: allowed because …"',
		]);
	});

	it("is safe with TLS, with an API key, which turns TLS on, and with HTTPS", async () => {
		const temporal = { address: "203.0.113.7:7233" };
		const store = { endpoint: "203.0.113.7:9000", secure: true };
		expect(await found(settings({ temporal, store, tls: true }))).toEqual([]);
		expect(await found(settings({ temporal, store, apiKey: true }))).toEqual([]);
		expect(await found(settings({ temporal, store }))).toEqual(["temporal.address"]);
	});

	it.each([
		["203.0.113.0/24", "7233", "plain: a VPN carries it", []],
		["203.0.113.7", "", "Plain: a VPN carries it", []],
		["203.0.113.7", "9000", "plain: a VPN carries it", ["temporal.address"]],
		["203.0.113.8", "7233", "plain: a VPN carries it", ["temporal.address"]],
		["203.0.113.7", "7233", "plain:", ["temporal.address"]],
		["203.0.113.7", "7233", "Temporal", ["temporal.address"]],
	])("is declared by address, port and reason: %s, %s, %s", async (address, port, why, left) => {
		await declare(allowing(address, port, why));
		expect(await found(settings({ temporal: { address: "203.0.113.7:7233" } }))).toEqual(left);
	});
});

describe("A1: what an instance is given", () => {
	const of = async (env: Record<string, string>, store: object = {}) =>
		(
			await plainAddresses(
				settings({ store: { endpoint: "127.0.0.1:9000", instance_endpoint: "203.0.113.9:9000", ...store } }),
				[{ name: "gpu-1", env }],
			)
		).map(({ setting, address }) => `${setting}: ${address}`);

	it("counts for the instance: another address, and HTTPS of its own", async () => {
		expect(await of({})).toEqual(["store.instance_endpoint: 203.0.113.9:9000"]);
		expect(await of({ MINIO_ENDPOINT: "203.0.113.9:9000", MINIO_SECURE: "true" })).toEqual([]);
		expect(await of({ MINIO_ENDPOINT: "198.51.100.1:9000", MINIO_SECURE: "false" })).toEqual([
			"MINIO_ENDPOINT of gpu-1: 198.51.100.1:9000",
		]);
		expect(await of({ TEMPORAL_ADDRESS: "203.0.113.3:7233", MINIO_ENDPOINT: "127.0.0.1:9000" })).toEqual([
			"TEMPORAL_ADDRESS of gpu-1: 203.0.113.3:7233",
		]);
	});

	it("may be plain though the store of cres.yaml is not", async () => {
		expect(await of({ MINIO_SECURE: "false" }, { secure: true })).toEqual([
			"store.instance_endpoint: 203.0.113.9:9000",
		]);
		const given = settings({ store: { endpoint: "203.0.113.9:9000", secure: true } });
		const [plain] = await plainAddresses(given, [{ name: "gpu-1", env: { MINIO_SECURE: "0" } }]);
		expect(plain!.fix).toMatch(/^set MINIO_SECURE of gpu-1 to true, or add to "Allowed on instances"/);
	});
});

it("A1: doctor names them, of cres.yaml and of each instance", async () => {
	const config = {
		...settings({ temporal: { address: "192.168.1.5:7233" } }),
		instances: { "gpu-1": { env: { TEMPORAL_ADDRESS: "10.8.0.1:7233" } } },
	} as unknown as Config;
	const look = () => plainChecks({ config })[0]!.run(new AbortController().signal);
	expect(await look()).toEqual({
		status: "warn",
		observed:
			"temporal.address (192.168.1.5:7233) is plain, and docs/Perimeter.md does not allow that; TEMPORAL_ADDRESS of gpu-1 (10.8.0.1:7233) is plain, and docs/Perimeter.md does not allow that",
		fix: expect.stringContaining("| 10.8.0.1 | 7233 | plain: allowed because … |"),
	});
	await declare(
		perimeterSection(
			"allowed",
			["192.168.1.5", "10.8.0.1"].map((one) => [one, "", "plain: a VPN"]),
		),
	);
	expect(await look()).toMatchObject({ status: "ok" });
});
