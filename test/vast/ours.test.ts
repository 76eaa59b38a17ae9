import { describe, expect, it } from "vitest";
import type { Config } from "../../src/config/config.ts";
import { configSchema } from "../../src/config/schema.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { goneInstances, listInstances, renderList } from "../../src/vast/list.ts";
import { labelFor, parseLabel } from "../../src/vast/label.ts";
import { describeAccount } from "../../src/vast/ours.ts";
import { contractSchema } from "../../src/vast/schemas.ts";
import type { Contract, Vast } from "../../src/vast/vast.ts";
import { rawContract } from "./platform.ts";

const contractOf = (id: number, changes = {}): Contract => contractSchema.parse(rawContract(id, changes));

function configWith(instances: Record<string, unknown>, key?: string): Config {
	const settings = configSchema.parse({
		project: "video",
		image: { repository: "o/w" },
		registry: { push: { address: "ghcr.io" } },
		temporal: { address: "t:7233" },
		store: { endpoint: "s:9000" },
		instances,
	});
	const secret = (name: string) => (name === "VAST_API_KEY" && key ? new Secret(key) : undefined);
	const places = {
		file: "/nowhere/cres.yaml",
		root: "/nowhere",
		state: "/nowhere/.cres/cres@default",
		temporalTls: undefined,
		storeCa: undefined,
		warnings: [],
	};
	return { ...settings, ...places, value: () => undefined, secret, environment: [] };
}

const docker = { driver: "docker", host: "203.0.113.7", key: "~/.ssh/id", roles: ["cpu"] };
const vastAt = (id: number) => ({ driver: "vast", id, key: "~/.ssh/id", roles: ["cpu", "gpu"] });
const ACCOUNT = [
	contractOf(30, { label: "somebody's", num_gpus: 0, gpu_name: null, ports: null, ssh_host: null }),
	contractOf(20, { label: "cres/video/gpu-9" }),
	contractOf(10, { label: null, num_gpus: 2 }),
	contractOf(40, { label: "cres/other/gpu-1", actual_status: null }),
];
const account = async () => ({ contracts: async () => ACCOUNT }) as unknown as Vast;
const unasked = () => Promise.reject(new Error("Vast was asked"));

describe("a label", () => {
	it("names project and instance, there and back", () => {
		expect(labelFor("video", "gpu-1")).toBe("cres/video/gpu-1");
		expect(parseLabel(labelFor("video", "gpu-1"))).toEqual({ project: "video", instance: "gpu-1" });
	});

	it.each([
		null,
		"",
		"gpu-1",
		"cres/video",
		"cres//gpu-1",
		"cres/video/",
		"cres/video/a/b",
		"cress/video/a",
		"a cres/b/c",
	])("that is %j is somebody else's", (label) => expect(parseLabel(label)).toBeUndefined());
});

it("an account is told apart by the numbers of cres.yaml first, then by labels", () => {
	const rows = describeAccount(ACCOUNT, configWith({ "gpu-1": vastAt(10), "cpu-1": docker }));
	expect(rows.map(({ contract, instance, state }) => [contract, instance, state])).toEqual([
		[10, "gpu-1", "ours"],
		[20, null, "ours-not-in-config"],
		[30, null, "foreign"],
		[40, null, "foreign"],
	]);
	expect(rows[0]).toEqual({
		contract: 10,
		label: null,
		instance: "gpu-1",
		state: "ours",
		status: "running",
		image: "ghcr.io/o/w:sha-abc",
		endpoint: "203.0.113.20:37708",
		gpu: "2 × RTX 4090",
		dph: 0.31,
	});
	expect(rows[2]).toMatchObject({ gpu: null, endpoint: null });
});

describe("the list of instances", () => {
	it("asks nobody for hosts with a daemon of their own", async () => {
		const config = configWith({ "cpu-1": docker });
		expect(await listInstances({ config, vast: unasked })).toEqual({
			instances: [
				{
					instance: "cpu-1",
					driver: "docker",
					roles: ["cpu"],
					endpoint: "203.0.113.7:22",
					contract: null,
					status: null,
				},
			],
			contracts: [],
		});
	});

	it.each([
		["an instance at Vast", configWith({ "gpu-1": vastAt(10) })],
		["a key", configWith({ "cpu-1": docker }, "key-of-the-account")],
	])("asks the account when there is %s", async (_case, config) => {
		await expect(listInstances({ config, vast: unasked })).rejects.toThrow("Vast was asked");
	});

	it("says what is gone and what else is there", async () => {
		const config = configWith({ "cpu-1": docker, "gpu-1": vastAt(10), "gpu-2": vastAt(11) });
		const list = await listInstances({ config, vast: account });
		expect(goneInstances(list).map(({ instance }) => instance)).toEqual(["gpu-2"]);
		expect(renderList(list)).toMatchInlineSnapshot(`
			"INSTANCE  DRIVER  ROLES    ENDPOINT            CONTRACT  STATUS
			cpu-1     docker  cpu      203.0.113.7:22      -         -
			gpu-1     vast    cpu gpu  203.0.113.20:37708  10        running
			gpu-2     vast    cpu gpu  -                   11        gone

			CONTRACT  INSTANCE  STATE               STATUS   GPU           USD/H
			10        gpu-1     ours                running  2 × RTX 4090  0.310
			20        -         ours-not-in-config  running  1 × RTX 4090  0.310
			30        -         foreign             running  -             0.310
			40        -         foreign             -        1 × RTX 4090  0.310
			gpu-2: the account holds no contract 11
			  → set instances.gpu-2.id in cres.yaml, or cres deploy gpu-2 --replace"
		`);
	});

	it("of a new project names the next command", async () => {
		expect(renderList(await listInstances({ config: configWith({}), vast: unasked }))).toBe(
			"cres.yaml names no instance; next: cres instance adopt NAME",
		);
	});
});
