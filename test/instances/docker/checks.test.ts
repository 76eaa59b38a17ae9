import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pinHostKey } from "../../../src/state/host-keys.ts";
import { systemShell } from "../../../src/system/shell.ts";
import { NAME, makeDockerWorld, type ControlHost, type DockerWorld } from "../../support/docker-world.ts";

const FINGERPRINT = `SHA256:${"A".repeat(43)}`;
let world: DockerWorld;
let host: ControlHost;
beforeEach(async () => {
	world = await makeDockerWorld({ instance: { port: 2222, user: "ops" } });
	host = await world.controlHost();
});
afterEach(() => world.close());

const pin = () =>
	pinHostKey(host.config.state, NAME, { fingerprint: FINGERPRINT, endpoint: "10.0.0.5:2222", pinnedAt: "" });
const check = (name: string) => {
	const found = host.instance.checks({ platform: "linux", shell: systemShell }).find((one) => one.name === name)!;
	return { ...found, verdict: () => found.run(new AbortController().signal) };
};

describe("cres doctor", () => {
	it("looks at the key, the host key and the daemon", () => {
		const checks = host.instance.checks({ platform: "linux", shell: systemShell });
		expect(checks.map(({ name, fix }) => [name, fix])).toEqual([
			["ssh key of cpu-1", "set instances.cpu-1.key in cres.yaml to your private key file"],
			["host key of cpu-1", "cres instance adopt cpu-1"],
			["instance cpu-1", "check that 10.0.0.5:2222 is up and its Docker answers: ssh to cpu-1, then docker info"],
		]);
	});

	it("finds a private key that only its owner may read", async () => {
		expect(await check("ssh key of cpu-1").verdict()).toMatchObject({ status: "fail" });
		await writeFile(join(host.config.root, "id"), "key", { mode: 0o600 });
		expect(await check("ssh key of cpu-1").verdict()).toEqual({ status: "ok", observed: "id (0600)" });
	});

	it("finds out whether a host key is pinned", async () => {
		const { verdict } = check("host key of cpu-1");
		const missing = { status: "fail", observed: "no host key is pinned", fix: "cres instance adopt cpu-1" };
		expect(await verdict()).toEqual(missing);
		await pin();
		expect(await verdict()).toEqual({ status: "ok", observed: `${FINGERPRINT} is pinned` });
	});

	it("finds out whether the daemon answers, and has room", async () => {
		const { verdict } = check("instance cpu-1");
		expect(await verdict()).toEqual({
			...{ status: "ok", observed: "Docker answers (linux/amd64), 50.0 GB free at /var/lib/docker on cpu-1" },
		});
		Object.assign(world.daemon, { gpu: true, freeBytes: 9e9 });
		expect(await verdict()).toMatchObject({
			...{ status: "warn", observed: "Docker answers (linux/amd64, GPU), 9.0 GB free at /var/lib/docker on cpu-1" },
		});
		world.daemon.freeBytes = undefined;
		expect(await verdict()).toEqual({
			...{ status: "warn", observed: "Docker answers (linux/amd64), its free disk is unknown" },
			fix: "on cpu-1: df -h /var/lib/docker",
		});
	});
});

describe("where it answers", () => {
	it("stands in cres.yaml, the host key in the records", async () => {
		const unknown = { via: null, generation: null, contract: null, verifiedBy: null, since: null };
		const address = { host: "10.0.0.5", port: 2222, ...unknown };
		expect(await host.instance.endpoint()).toEqual({ ...address, fingerprint: null });
		await pin();
		expect(await host.instance.endpoint()).toEqual({ ...address, fingerprint: FINGERPRINT });
	});

	it("is no target for a login until a host key is pinned", async () => {
		const unknown = {
			code: "host_key_unknown",
			message: "no host key is pinned for cpu-1",
			hint: "cres instance adopt cpu-1",
		};
		await expect(host.instance.sshTarget()).rejects.toMatchObject(unknown);
		await expect(host.instance.connect()).rejects.toMatchObject(unknown);
		await pin();
		expect(await host.instance.sshTarget()).toEqual({
			...{ name: NAME, host: "10.0.0.5", port: 2222, user: "ops", key: join(host.config.root, "id") },
			...{ fingerprint: FINGERPRINT, keyType: "unknown", alias: "cres-cpu-1" },
			remedy: "if the host was really re-made: cres instance adopt cpu-1 --replace-key",
		});
	});
});
