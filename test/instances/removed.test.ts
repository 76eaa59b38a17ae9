import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { Instance, Running } from "../../src/instances/instance.ts";
import { removeInstance, renderRemoval } from "../../src/instances/remove.ts";
import { renderAdopted } from "../../src/instances/render-adopted.ts";
import { recordEndpoint, recordedEndpoint } from "../../src/state/endpoints.ts";
import { pinHostKey } from "../../src/state/host-keys.ts";
import { knownHostsPath, trust } from "../../src/state/known-hosts.ts";
import { refusal } from "../support/refusal.ts";

const SETTINGS = `project: shop
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
instances:
  gpu-1: { driver: vast, id: 7, key: id, roles: [gpu] }
  gpu-2: { driver: vast, id: 71, key: id, roles: [gpu] }
`;
const IDLE: Running = {
	...{ container: null, count: 0, generation: null, gpu: true, holder: undefined },
	stopped: { detail: "", fix: "" },
};
const CONTAINER: NonNullable<Running["container"]> = {
	...{ digest: "sha256:a", buildId: "0123456789ab", specHash: null, since: "", restarts: 0, owns: () => false },
};

let config: Config;
beforeEach(async () => {
	const root = await mkdtemp(join(tmpdir(), "cres-removed-"));
	await writeFile(join(root, "cres.yaml"), SETTINGS);
	config = await loadConfig({ directory: root, environment: {} });
	const endpoint = { host: "203.0.113.9", port: 41234, via: "direct", generation: 1, contract: 7 } as const;
	const known = { fingerprint: "SHA256:abc", verifiedBy: "log", since: "2026-01-01T00:00:00Z" } as const;
	for (const name of ["gpu-1", "gpu-2"]) await recordEndpoint(config.state, name, { ...endpoint, ...known });
	await pinHostKey(config.state, "gpu-1", { fingerprint: "SHA256:abc", endpoint: "x:22", pinnedAt: "" });
	for (const alias of ["vast-7-g1", "vast-7-g2", "vast-71-g1"]) await trust(config.state, alias, "ssh-ed25519 AAAA");
});

/** The rented instance gpu-1, seen in that state. */
const remove = (running: Partial<Running> | Error, options: { force?: boolean; dryRun?: boolean } = {}) =>
	removeInstance(
		config,
		{
			...{ name: "gpu-1", settings: config.instances["gpu-1"]! },
			running: async () => {
				if (running instanceof Error) throw running;
				return { ...IDLE, ...running };
			},
		} as Partial<Instance> as Instance,
		{ force: false, dryRun: false, ...options },
	);

describe("a rented instance that is removed", () => {
	it("loses every record of it, and no other does", async () => {
		expect(await remove({})).toEqual({
			...{ instance: "gpu-1", outcome: "removed" },
			removed: [
				`instances.gpu-1 in ${config.file}`,
				"its pinned host key SHA256:abc",
				"its endpoint on record 203.0.113.9:41234",
			],
			left: [
				"contract 7, which stays rented and is paid for until it is destroyed",
				`its releases and journals in ${config.state}`,
				"its entries in docs/PLAN.md and docs/Perimeter.md",
			],
		});
		expect(await recordedEndpoint(config.state, "gpu-1")).toBeUndefined();
		expect(await recordedEndpoint(config.state, "gpu-2")).toBeDefined();
		expect(await readFile(knownHostsPath(config.state), "utf8")).toBe("vast-71-g1 ssh-ed25519 AAAA\n");
		expect(Object.keys((await loadConfig({ directory: config.root, environment: {} })).instances)).toEqual(["gpu-2"]);
	});

	it("is told what a removal would take, and keeps it", async () => {
		const planned = await remove({ generation: 3 }, { dryRun: true });
		expect([planned.outcome, planned.left[1]]).toEqual(["planned", "its stopped container"]);
		expect(await recordedEndpoint(config.state, "gpu-1")).toBeDefined();
		expect(await readFile(config.file, "utf8")).toBe(SETTINGS);
	});

	it.each<[string, Partial<Running>, string, RegExp]>([
		["runs", { container: CONTAINER }, "gpu-1 runs build 0123456789ab", /--force; contract 7 stays rented$/],
		["runs a stranger", { container: { ...CONTAINER, buildId: "" } }, "gpu-1 runs build (unknown)", /^cres stop gpu-1/],
		[
			"is locked",
			{ holder: { owner: "ann@desk", purpose: "deploy" } as never },
			"gpu-1 is locked by ann@desk: deploy",
			/which leaves what runs$/,
		],
	])("is refused while it %s", async (_what, running, message, hint) => {
		expect(await refusal(remove(running))).toEqual({
			...{ code: "instance_in_use", message, hint: expect.stringMatching(hint) },
		});
		expect((await remove(running, { force: true })).outcome).toBe("removed");
	});

	it("that does not answer is removed by force only, and says so", async () => {
		const silent = new UserError("instance_unreachable", "gpu-1 does not answer");
		expect(await refusal(remove(silent))).toMatchObject({
			message: "gpu-1 does not tell whether it runs something of ours: gpu-1 does not answer",
		});
		expect((await remove(silent, { force: true })).left[1]).toBe("whatever runs on it: it did not answer");
		await expect(remove(new TypeError("a fault of ours"), { force: true })).rejects.toThrow(TypeError);
	});
});

it("what a removal took and left stands one thing a line", () => {
	const removal = { instance: "a", outcome: "removed" as const, removed: ["x", "y"], left: ["z"] };
	expect(renderRemoval(removal)).toBe("a is removed:\n  x\n  y\nleft:\n  z");
	expect(renderRemoval({ ...removal, outcome: "planned" })).toBe("a: would be removed:\n  x\n  y\nwould be left:\n  z");
});

it("what was adopted is told with its roles, why it has them, and what comes next", () => {
	const facts = { platform: "linux/amd64", gpu: false, dataRoot: "/d" };
	const host = { instance: "cpu-1", endpoint: "10.0.0.5:22", fingerprint: "SHA256:x", newKey: true, recorded: true };
	const adopted = { ...host, roles: ["cpu" as const, "gpu" as const], rolesReason: null, facts };
	const first = "cpu-1 at 10.0.0.5:22 answers as SHA256:x (linux/amd64)\nrole: cpu, gpu";
	expect(renderAdopted(adopted)).toBe(`${first}\nnext: cres deploy cpu-1`);
	expect(renderAdopted({ ...adopted, rolesReason: "no GPU" })).toBe(
		`${first} (no GPU; --role chooses)\nnext: cres deploy cpu-1`,
	);
	const rented = { ...host, contract: 7, roles: ["gpu" as const] } as unknown as Parameters<typeof renderAdopted>[0];
	expect(renderAdopted(rented)).toMatch(/ \(contract 7\)\nrole: gpu\nnext/);
});
