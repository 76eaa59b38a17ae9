import { mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { UserError } from "../../../src/errors/errors.ts";
import { adopt, type AdoptOptions, type AdoptSettings } from "../../../src/instances/docker/adopt.ts";
import { pinnedHostKey, pinHostKey } from "../../../src/state/host-keys.ts";
import { startDockerEngine, type DockerEngine } from "../../support/docker-engine.ts";
import { startSshHost, type SshHost } from "../../support/ssh-host.ts";
import { settableClock } from "../../state/temporary.ts";

const NOW = Date.UTC(2026, 10, 23, 10, 15);
const OTHER_KEY = `SHA256:${"A".repeat(43)}`;
const SETTINGS = `project: shop
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
`;

let host: SshHost;
let engine: DockerEngine;
let root: string;
let shown: string[];
beforeAll(async () => {
	[host, engine] = [await startSshHost(), await startDockerEngine()];
});
afterAll(async () => {
	await host[Symbol.asyncDispose]();
	await engine[Symbol.asyncDispose]();
});
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-adopt-"));
	await writeFile(join(root, "cres.yaml"), SETTINGS);
	engine.replies["GET /info"] = [
		200,
		{ OSType: "linux", Architecture: "x86_64", Runtimes: {}, DockerRootDir: "/data" },
	];
	shown = [];
});

const load = () => loadConfig({ directory: root, environment: {} });
const given = (change: AdoptSettings = {}): AdoptSettings => ({
	...{ host: "127.0.0.1", port: host.port, key: host.key, docker_socket: engine.socket },
	...change,
});
const run = async (settings: AdoptSettings, options: Partial<AdoptOptions> = {}, name = "cpu-1") =>
	adopt(name, settings, {
		...{ config: await load(), clock: settableClock(NOW), signal: new AbortController().signal, replaceKey: false },
		confirm: async (fingerprint) => shown.push(fingerprint) > 0,
		chooseRoles: () => Promise.reject(new UserError("role_missing", "no role was given")),
		...options,
	});
const pin = async (fingerprint: string) =>
	pinHostKey((await load()).state, "cpu-1", { fingerprint, endpoint: "x:22", pinnedAt: "" });
const pinned = async () => pinnedHostKey((await load()).state, "cpu-1");
/** What lies in the project's directory. */
const files = async () => [await readFile(join(root, "cres.yaml"), "utf8"), await readdir(root)];

describe("a host", () => {
	it("is recorded with defaults, and its host key pinned, once the key was accepted", async () => {
		const endpoint = `127.0.0.1:${host.port}`;
		expect(await run(given())).toEqual({
			...{ instance: "cpu-1", endpoint, fingerprint: host.fingerprint, newKey: true, recorded: true },
			...{ roles: ["cpu"], rolesReason: "Docker has no GPU there" },
			facts: { platform: "linux/amd64", gpu: false, dataRoot: "/data" },
		});
		expect(shown).toEqual([host.fingerprint]);
		expect(await pinned()).toEqual({
			fingerprint: host.fingerprint,
			type: "ssh-ed25519",
			endpoint,
			pinnedAt: "2026-11-23T10:15:00.000Z",
		});
		expect((await load()).instances["cpu-1"]).toEqual({
			...{ driver: "docker", host: "127.0.0.1", port: host.port, user: "root", key: host.key, env: {} },
			...{ docker_socket: engine.socket, roles: ["cpu"] },
		});
	});

	it("is adopted again with what cres.yaml says; nothing changes, and nothing is asked", async () => {
		await run(given({ user: "ops", roles: ["gpu"] }));
		const [before] = await files();
		expect(await run({})).toMatchObject({ newKey: false, recorded: false });
		expect(shown).toHaveLength(1);
		expect((await files())[0]).toBe(before);
	});

	it("is recorded again with what is given", async () => {
		await run(given());
		expect(await run({ roles: ["gpu"], user: "ops" })).toMatchObject({ recorded: true });
		expect((await load()).instances["cpu-1"]).toMatchObject({ roles: ["gpu"], user: "ops", port: host.port });
	});

	it("with a GPU plays the roles that are given or chosen, and no other", async () => {
		engine.replies["GET /info"] = [
			200,
			{ OSType: "linux", Architecture: "x86_64", Runtimes: { nvidia: {} }, DockerRootDir: "/data" },
		];
		const before = await files();
		await expect(run(given())).rejects.toMatchObject({ code: "role_missing" });
		expect(await files()).toEqual(before);
		expect(await run(given(), { chooseRoles: async () => ["gpu"] })).toMatchObject({
			...{ recorded: true, roles: ["gpu"], rolesReason: null },
		});
		expect(await run({})).toMatchObject({ recorded: false, roles: ["gpu"] });
	});

	it("whose key has changed is taken with --replace-key only", async () => {
		await run(given());
		await pin(OTHER_KEY);
		await expect(run({})).rejects.toMatchObject({
			code: "host_key_mismatch",
			message: `cpu-1 shows host key ${host.fingerprint}, but ${OTHER_KEY} is pinned`,
			hint: "if the host was really re-made: cres instance adopt cpu-1 --replace-key",
		});
		expect(await run({}, { replaceKey: true })).toMatchObject({ newKey: true });
		expect((await pinned())!.fingerprint).toBe(host.fingerprint);
	});
});

describe("nothing is written", () => {
	const refused = async (what: Promise<unknown>, expected: object) => {
		const before = await files();
		await expect(what).rejects.toMatchObject(expected);
		expect(await files()).toEqual(before);
		expect(await pinned()).toBeUndefined();
	};

	it("when the host key is not accepted", async () => {
		host.logins = 0;
		await refused(run(given(), { confirm: async () => false }), {
			code: "host_key_refused",
			message: `host key ${host.fingerprint} of cpu-1 was not accepted; nothing was recorded`,
			hint: "compare it on the host: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub",
		});
		expect(host.logins).toBe(0);
	});

	it("when the login fails", async () => {
		await refused(run(given({ key: join(root, "absent") })), { code: "ssh_key_missing" });
	});

	it("when Docker does not answer, and the connection is closed", async () => {
		engine.replies["GET /info"] = [500, { message: "oops" }];
		await refused(run(given()), { code: "docker_failed" });
		while (host.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
	});

	it("when nobody answers", async () => {
		await refused(run(given({ port: 1 })), { code: "instance_unreachable" });
	});

	it.each([{ host: "127.0.0.1" }, { key: "id" }, {}])(
		"when the address or the key is not known: %o",
		async (settings) => {
			await refused(run(settings), {
				code: "unknown_instance",
				message: "cpu-1 is not in cres.yaml, so its address and key are needed",
				hint: "cres instance adopt cpu-1 --host HOST --user USER --key FILE",
			});
		},
	);

	it("when the name is that of a rented contract", async () => {
		await writeFile(
			join(root, "cres.yaml"),
			`${SETTINGS}instances:\n  cpu-1: { driver: vast, id: 1, key: id, roles: [cpu] }\n`,
		);
		await refused(run(given()), {
			code: "wrong_driver",
			message: "cpu-1 does not use driver docker: cres.yaml gives it driver vast",
		});
	});
});

describe("a key's path", () => {
	it("of cres.yaml starts where cres.yaml is", async () => {
		await mkdir(join(root, "keys"));
		await writeFile(join(root, "keys", "id"), await readFile(host.key), { mode: 0o600 });
		await run(given());
		const text = (await readFile(join(root, "cres.yaml"), "utf8")).replace(host.key, "keys/id");
		await writeFile(join(root, "cres.yaml"), text);
		expect(await run({})).toMatchObject({ recorded: false });
	});
});

it.each([{ host: "-oProxyCommand=id" }, { user: "-oProxyCommand=id" }])(
	"A5: %o is refused before anything",
	async (bad) => {
		const before = host.logins;
		await expect(run(given(bad))).rejects.toMatchObject({ code: "bad_login", exit: "usage" });
		expect([host.logins, shown]).toEqual([before, []]);
	},
);
