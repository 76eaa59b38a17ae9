import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { removeInstance, renderRemoval } from "../../src/instances/remove.ts";
import { changeLife } from "../../src/rollout/lifecycle.ts";
import { pinHostKey, pinnedHostKey } from "../../src/state/host-keys.ts";
import { knownHostsPath, trust } from "../../src/state/known-hosts.ts";
import { slowChange } from "../support/config-change.ts";
import { makeFakeWorld, type FakeWorld } from "../support/fake-world.ts";
import { makeControlHost, type ControlHost } from "../support/rollouts/control-host.ts";

let world: FakeWorld;
let host: ControlHost;
beforeEach(async () => {
	world = await makeFakeWorld(["api", "worker-2"]);
	host = await makeControlHost(world);
	await host.deploy("api", world.builds.first);
	const pin = { fingerprint: "SHA256:abc", endpoint: "host.test:22", pinnedAt: "2026-11-23T10:15:00.000Z" };
	for (const name of ["api", "worker-2"]) await pinHostKey(host.config.state, name, pin);
	await trust(host.config.state, "cres-api", "ssh-ed25519 AAAA");
	await trust(host.config.state, "cres-worker-2", "ssh-ed25519 BBBB");
});
afterEach(() => host.remove());

const yaml = () => readFile(join(host.root, "cres.yaml"), "utf8");
const remove = (options: { force?: boolean; dryRun?: boolean } = {}) =>
	removeInstance(host.config, host.open("api"), { force: false, dryRun: false, ...options });

describe("cres instance remove", () => {
	it("refuses what runs something of ours, or does not answer, and changes nothing", async () => {
		const before = await yaml();
		await expect(remove()).rejects.toMatchObject({
			code: "instance_in_use",
			message: `api runs build ${world.builds.first}`,
		});
		world.machine("api").unreachable = new UserError("instance_unreachable", "api does not answer");
		await expect(remove({ dryRun: true })).rejects.toMatchObject({
			code: "instance_in_use",
			hint: "cres instance remove api --force, which asks nothing of it and leaves what runs",
		});
		expect(await yaml()).toBe(before);
		expect(await pinnedHostKey(host.config.state, "api")).toBeDefined();
	});

	it("refuses where another part of cres.yaml refers to it, and changes nothing", async () => {
		await changeLife(host.ports("api"), "stop");
		const text = (await yaml())
			.replace("  api:\n", "  api: &one\n")
			.replace(/ {2}worker-2:\n(?: {4}.*\n)+/, "  worker-2: *one\n");
		await writeFile(join(host.root, "cres.yaml"), text);
		await expect(remove()).rejects.toMatchObject({ code: "config_invalid" });
		expect(await yaml()).toBe(text);
		expect(await pinnedHostKey(host.config.state, "api")).toBeDefined();
	});

	it("says beforehand what it would do", async () => {
		await changeLife(host.ports("api"), "stop");
		const before = await yaml();
		const planned = await remove({ dryRun: true });
		expect(planned).toMatchObject({
			outcome: "planned",
			removed: [expect.any(String), "its pinned host key SHA256:abc"],
		});
		expect(renderRemoval(planned)).toContain("would be left:\n  its stopped container\n");
		expect(await yaml()).toBe(before);
	});

	it("takes a stopped one out of cres.yaml and the records, and nothing else", async () => {
		await writeFile(join(host.root, "cres.yaml"), `# kept\n${await yaml()}`);
		await changeLife(host.ports("api"), "stop");
		expect(await remove()).toMatchObject({ instance: "api", outcome: "removed" });
		expect(await yaml()).toMatch(/^# kept\n/);
		await host.configure({});
		expect(await pinnedHostKey(host.config.state, "api")).toBeUndefined();
		expect(await pinnedHostKey(host.config.state, "worker-2")).toBeDefined();
		expect(await readFile(knownHostsPath(host.config.state), "utf8")).toBe("cres-worker-2 ssh-ed25519 BBBB\n");
		expect(await host.releases("api")).toHaveLength(1);
	});

	it("keeps what another process writes into cres.yaml at the same time", async () => {
		await changeLife(host.ports("api"), "stop");
		const { written } = await slowChange(join(host.root, "cres.yaml"), (now) => `# theirs\n${now}`);
		await remove();
		await written;
		expect(await yaml()).toMatch(/^# theirs\n/);
		expect(await yaml()).not.toContain("api:");
	});

	it("with --force leaves what runs, and says so", async () => {
		const { left } = await remove({ force: true });
		expect(left[0]).toBe(`build ${world.builds.first}, which runs and polls on`);
		expect(await world.running("api")).toEqual([world.builds.first]);
		expect(await yaml()).not.toContain("api:");
	});
});
