import { chmod, mkdir, mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import type { Check, Verdict } from "../../../src/checks/doctor/check.ts";
import { clockChecks } from "../../../src/checks/doctor/clock.ts";
import { roomVerdict } from "../../../src/checks/doctor/disk.ts";
import type { DoctorPorts } from "../../../src/checks/doctor/doctor-ports.ts";
import { githubChecks } from "../../../src/checks/doctor/github.ts";
import { instanceChecks } from "../../../src/checks/doctor/instances.ts";
import { nodeChecks } from "../../../src/checks/doctor/node.ts";
import { localPorts } from "../../../src/checks/doctor/ports.ts";
import { registryChecks } from "../../../src/checks/doctor/registry.ts";
import { secretChecks } from "../../../src/checks/doctor/secrets.ts";
import type { DockerInstance } from "../../../src/config/schema.ts";
import type { ErrorCode } from "../../../src/errors/catalogue.ts";
import { UserError } from "../../../src/errors/errors.ts";
import type { ContainerHost } from "../../../src/instances/docker/container-host.ts";
import { dockerInstance } from "../../../src/instances/docker/instance.ts";
import type { InstancePorts } from "../../../src/instances/ports.ts";
import type { keyCheck } from "../../../src/instances/ssh/key-check.ts";
import type { Registry } from "../../../src/registry/registry.ts";
import { pinHostKey } from "../../../src/state/host-keys.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { systemShell } from "../../../src/system/shell.ts";
import { simulatedWindows } from "../../support/simulated-windows.ts";

const yaml = `project: video
image: { repository: owner/worker }
registry: { push: { address: "localhost:5000", tls: false }, pull: { address: "10.0.0.1:5000", tls: false } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
instances:
  cpu-1: { driver: docker, host: 127.0.0.1, port: 2222, key: KEY, roles: [cpu] }
  far: { driver: docker, host: 203.0.113.7, key: KEY, roles: [cpu] }
`;
const { signal } = new AbortController();
const machine: DoctorPorts["machine"] = { platform: "linux", node: "24.21.0" };
let root: string;
beforeEach(async () => {
	root = await realpath(await mkdtemp(join(tmpdir(), "cres-doctor-")));
	await writeFile(join(root, "cres.yaml"), yaml.replaceAll("KEY", join(root, "key")));
});

const load = (environment: Record<string, string> = {}) => loadConfig({ directory: root, environment });
const verdicts = async (checks: readonly Check[]): Promise<Record<string, Verdict["status"]>> =>
	Object.fromEntries(await Promise.all(checks.map(async ({ name, run }) => [name, (await run(signal)).status])));

it("wants a Node that runs cres", async () => {
	expect(await verdicts(nodeChecks({ machine }))).toEqual({ node: "ok" });
	expect(await verdicts(nodeChecks({ machine: { ...machine, node: "22.19.0" } }))).toEqual({ node: "fail" });
});

it("wants 10 GB", () => {
	expect(roomVerdict("/", 10e9).status).toBe("ok");
	expect(roomVerdict("/", 9.9e9)).toMatchObject({ status: "warn", observed: "9.9 GB free at /" });
});

it("A15: lists the copies of .env, and wants them for their owner only", async () => {
	await writeFile(join(root, ".env"), "A=1\n", { mode: 0o600 });
	const config = await load();
	await mkdir(config.state, { recursive: true });
	const copy = join(config.state, ".env.bak-20261123T101500.000");
	await writeFile(copy, "A=1\n", { mode: 0o600 });
	const look = () => secretChecks({ config, machine, shell: systemShell })[1]!.run(signal);
	expect(await look()).toEqual({ status: "ok", observed: `0600; copies of it: ${copy}` });
	await chmod(copy, 0o644);
	expect(await look()).toEqual({
		...{ status: "warn", observed: `other users can read or change ${copy}`, fix: `chmod 600 ${copy}` },
	});
});

it("wants every secret, and .env for its owner only", async () => {
	expect(await verdicts(secretChecks({ config: await load(), machine, shell: systemShell }))).toEqual({
		secrets: "fail",
		"mode of .env": "ok",
		"names in env": "ok",
	});
	await writeFile(join(root, ".env"), "MINIO_ACCESS_KEY=sentinel-a\nMINIO_SECRET_KEY=sentinel-b\n");
	await chmod(join(root, ".env"), 0o644);
	const [secrets, mode] = await Promise.all(
		secretChecks({ config: await load(), machine, shell: systemShell }).map(({ run }) => run(signal)),
	);
	expect(secrets).toEqual({ status: "ok", observed: "MINIO_ACCESS_KEY (.env), MINIO_SECRET_KEY (.env)" });
	expect(mode).toMatchObject({ status: "warn", fix: `chmod 600 ${join(root, ".env")}` });
});

it("asks Windows who else may read .env and its copies", async () => {
	const config = await load();
	await mkdir(config.state, { recursive: true });
	const copy = join(config.state, ".env.bak-20261123T101500.000");
	const env = join(root, ".env");
	await Promise.all([env, copy].map((path) => writeFile(path, "A=1\n", { mode: 0o666 })));
	const { shell, rights, user } = simulatedWindows({});
	const mine = `O:${user}G:DUD:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;FA;;;${user})`;
	const [, mode] = secretChecks({ config, machine: { ...machine, platform: "win32" }, shell });
	[env, copy].forEach((path) => rights.set(path, mine));
	expect(await mode!.run(signal)).toEqual({ status: "ok", observed: `this user's alone; copies of it: ${copy}` });
	rights.set(copy, `${mine}(A;ID;0x1301bf;;;AU)`);
	expect(await mode!.run(signal)).toEqual({
		status: "warn",
		observed: `other users can read or change ${copy} (Authenticated Users (S-1-5-11))`,
		fix: `icacls "${copy}" /inheritance:r /remove:g "*S-1-5-11" /grant:r "*${user}:F"`,
	});
	rights.delete(env);
	await expect(mode!.run(signal)).rejects.toMatchObject({ code: "windows_query_failed" });
});

it("M32: warns of names in env that look like a slip or a secret", async () => {
	await writeFile(join(root, "cres.yaml"), `${yaml.replaceAll("KEY", "key")}env: { SORT_KEY: a, MODEL: b }\n`);
	const [, , names] = secretChecks({ config: await load(), machine, shell: systemShell });
	expect(await names!.run(signal)).toMatchObject({
		status: "warn",
		observed: "env.SORT_KEY looks like a secret, and is shown wherever settings are",
	});
});

it("looks at the ports of this machine only, each once", async () => {
	expect(localPorts(await load()).map(({ key, host, port }) => `${key} ${host}:${port}`)).toEqual([
		"registry.push.address localhost:5000",
		"temporal.address 127.0.0.1:7233",
		"store.endpoint 127.0.0.1:9000",
		"instances.cpu-1.host 127.0.0.1:2222",
	]);
});

describe("registry", () => {
	const registry = (broken?: ErrorCode, denied?: ErrorCode) => async (side: string) =>
		({
			address: side,
			mayPush: async () => {
				if (denied) throw new UserError(denied, denied, { hint: "another account" });
			},
			ping: async () => {
				if (broken) throw new UserError(broken, broken);
			},
		}) as unknown as Registry;

	it("warns without a credential and where only instances need to reach it", async () => {
		const config = await load();
		expect(await verdicts(registryChecks({ config, registry: registry() }))).toEqual({
			"registry (push)": "warn",
			"registry (pull)": "ok",
		});
		const [push, pull] = registryChecks({ config, registry: registry("registry_unreachable") });
		await expect(push!.run(signal)).rejects.toMatchObject({ code: "registry_unreachable" });
		expect(await pull!.run(signal)).toMatchObject({ status: "warn" });
		const [, refused] = registryChecks({ config, registry: registry("registry_unauthorized") });
		await expect(refused!.run(signal)).rejects.toMatchObject({ code: "registry_unauthorized" });
	});

	it("T23: says whether the credential may push", async () => {
		const config = await load({ REGISTRY_USERNAME: "ann", REGISTRY_PASSWORD: "pass-word-1" });
		const [may] = registryChecks({ config, registry: registry() });
		expect(await may!.run(signal)).toEqual({ status: "ok", observed: "push takes images for owner/worker" });
		const [mayNot] = registryChecks({ config, registry: registry(undefined, "push_denied") });
		expect(await mayNot!.run(signal)).toEqual({ status: "warn", observed: "push_denied", fix: "another account" });
		const [failing] = registryChecks({ config, registry: registry(undefined, "registry_error") });
		await expect(failing!.run(signal)).rejects.toMatchObject({ code: "registry_error" });
	});

	it("T23: refuses a fine-grained token for GHCR, which GitHub itself takes", async () => {
		await writeFile(join(root, "cres.yaml"), yaml.replaceAll("localhost:5000", "ghcr.io").replaceAll("KEY", "key"));
		const seen = async (token: string, scopes: string[] | undefined) => {
			const config = await load({ REGISTRY_PASSWORD: token });
			const [check] = githubChecks({ config, tokenScopes: async () => scopes } as unknown as DoctorPorts);
			const { status, observed } = await check!.run(signal);
			return `${status}: ${observed}`;
		};
		expect(await seen("github_pat_11ABC", undefined)).toBe(
			"fail: is a fine-grained one (github_pat_…), and ghcr.io takes classic ones only",
		);
		expect(await seen("ghp_sentinel", ["write:packages"])).toBe("ok: has write:packages");
		expect(await seen("ghp_sentinel", ["repo"])).toBe("fail: has repo");
		expect(await seen("ghs_of-an-action", undefined)).toMatch(/^ok: valid/);
	});
});

it.each([
	[[1_000_000], "ok", "within 1.0 s of localhost:5000"],
	[[969_000], "fail", "31.0 s ahead of localhost:5000"],
	[[undefined, 1_100_000], "fail", "1 min 40 s behind 127.0.0.1:9000"],
	[[undefined, undefined], "warn", "neither the registry nor the store sends the time"],
])("compares the clock with servers that say %j", async (times, status, observed) => {
	const told = [...times];
	const clock = { now: () => 1_000_000, sleep: async () => {} };
	const [check] = clockChecks({ config: await load(), clock, serverTime: async () => told.shift() });
	expect(await check!.run(signal)).toMatchObject({ status, observed });
});

describe("instances", () => {
	const host = (free: number | undefined) => {
		let closed = 0;
		const facts = { platform: "linux/amd64", gpu: false, dataRoot: "/data" };
		const opened = { facts: async () => facts, freeBytes: async () => free, close: () => void closed++ };
		return { connect: async () => opened as unknown as ContainerHost, closed: () => closed };
	};
	type Machine = Parameters<typeof keyCheck>[1];
	const linux: Machine = { platform: "linux", shell: systemShell };
	const ofFirst = async (free: number | undefined, { platform, shell }: Machine = linux) => {
		const { connect, closed } = host(free);
		const config = await load();
		const absent = () => Promise.reject(new Error("no check of a Docker host asks for it"));
		const ports: InstancePorts = {
			...{
				config,
				clock: systemClock,
				signal,
				note: () => {},
				acceptHostKey: async () => false,
				credential: undefined,
			},
			...{ temporal: absent, vast: absent },
		};
		const instance = async (name: string) =>
			dockerInstance(ports, name, config.instances[name] as DockerInstance, connect);
		const opened = new Map(
			await Promise.all(["cpu-1", "far"].map(async (name) => [name, await instance(name)] as const)),
		);
		const checks = await instanceChecks({
			config,
			machine: { ...machine, platform },
			shell,
			instance: async (name) => opened.get(name)!,
		});
		const found = await verdicts(checks.filter(({ name }) => name.endsWith("cpu-1")));
		for (const one of opened.values()) one.close();
		await expect.poll(closed).toBe(1);
		return found;
	};

	it("wants a private key, a pinned host key and room", async () => {
		const missing = { "ssh key of cpu-1": "fail", "host key of cpu-1": "fail", "instance cpu-1": "warn" };
		expect(await ofFirst(undefined)).toEqual(missing);
		await mkdir(join(root, "key"));
		expect(await ofFirst(1e9)).toEqual(missing);
	});

	it("takes a key that only its owner may read", async () => {
		await writeFile(join(root, "key"), "");
		await chmod(join(root, "key"), 0o640);
		await pinHostKey((await load()).state, "cpu-1", {
			fingerprint: "SHA256:x",
			endpoint: "a:22",
			pinnedAt: "2026-01-01T00:00:00Z",
		});
		const good = { "ssh key of cpu-1": "ok", "host key of cpu-1": "ok", "instance cpu-1": "ok" };
		expect(await ofFirst(50e9)).toEqual({ ...good, "ssh key of cpu-1": "fail" });
		const { shell, rights, user } = simulatedWindows({});
		rights.set(join(root, "key"), `O:${user}D:P(A;;FA;;;${user})`);
		expect(await ofFirst(50e9, { platform: "win32", shell })).toEqual(good);
		await chmod(join(root, "key"), 0o600);
		expect(await ofFirst(50e9)).toEqual(good);
	});
});
