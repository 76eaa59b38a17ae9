import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import type { Instance } from "../../src/instances/instance.ts";
import { listChannels, type ChannelList } from "../../src/promotion/channels.ts";
import { renderChannels } from "../../src/promotion/render-channels.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { appendPromotion } from "../../src/state/promotions.ts";
import { attestedBut } from "../support/attestations.ts";
import { pushApp, startRegistry, type RealRegistry } from "../support/real-registry.ts";
import { makeMachine, REPOSITORY, type Machine } from "./machine.ts";

const INSTANCE = { driver: "docker", host: "host.test", key: "id", roles: ["cpu"] };
let server: RealRegistry;
let first: Digest;
let second: Digest;
let machine: Machine;
beforeAll(async () => {
	server = await startRegistry();
	first = await pushApp(server.client(), REPOSITORY, "111111111111");
	second = await pushApp(server.client(), REPOSITORY, "222222222222");
});
afterAll(() => server.close());
afterEach(() => machine.remove());

const open = async (name: string) =>
	({
		async running() {
			if (name === "cpu-2")
				throw new UserError("instance_unreachable", "cpu-2 does not answer", { hint: "cres doctor" });
			return { container: { digest: second } };
		},
	}) as unknown as Instance;

it("channels are shown with what they resolve to, why one is not attested, and where it runs", async () => {
	const instances = { "cpu-1": INSTANCE, "cpu-2": INSTANCE };
	const settings = { channels: ["canary", "stable", "edge"], instances };
	machine = await makeMachine(server.client(), { settings });
	await machine.promote(first, "stable");
	await machine.promote(first, "canary");
	await machine.promote(second, "canary");
	const attested = attestedBut(new Map([[first, "attestation_missing"]]));
	const list = await listChannels({ ...machine.ports({ attested }), open });
	const { keyId, signedAt, predicateType } = await attested(second);
	expect(list).toMatchObject({
		channels: [
			{
				...{ channel: "canary", digest: second, buildId: "222222222222", problem: null, instances: ["cpu-1"] },
				attestation: { keyId, signedAt, predicateType },
				promoted: { previous: first, by: expect.stringContaining("@") as string },
			},
			{
				...{ channel: "stable", digest: first, attestation: null, instances: [] },
				problem: { code: "attestation_missing", hint: `cres smoke ${first}` },
			},
			{ channel: "edge", digest: null, buildId: null, problem: null, promoted: null },
		],
		unasked: [{ instance: "cpu-2", message: "cpu-2 does not answer", hint: "cres doctor" }],
	});
});

it("who moved a channel elsewhere is not known here", async () => {
	machine = await makeMachine(server.client(), { settings: { channels: ["one"] } });
	await machine.promote(first, "one");
	const other = await makeMachine(server.client(), { settings: { channels: ["one"] } });
	await other.promote(second, "one");
	const [row] = (await listChannels({ ...machine.ports(), open })).channels;
	expect(row).toMatchObject({ digest: second, promoted: null });
	await other.remove();
});

it("what was promoted in another repository says nothing of this one", async () => {
	machine = await makeMachine(server.client(), { settings: { channels: ["own"] } });
	await machine.promote(first, "own");
	const { state } = machine.ports().config;
	const begun = { event: "begin" as const, id: "z", channel: "own", repository: "owner/other", from: null, to: second };
	await appendPromotion(state, { ...begun, buildId: "222222222222", at: "2026-11-29T12:00:00Z", by: "ann@pc" });
	const [row] = (await listChannels({ ...machine.ports(), open })).channels;
	expect(row).toMatchObject({ digest: first, promoted: { previous: null } });
});

it("a registry that does not answer is told in the row", async () => {
	machine = await makeMachine(server.client());
	const registry = () => Promise.reject(new UserError("registry_unreachable", "gone", { hint: "cres doctor" }));
	const { channels } = await listChannels({ ...machine.ports({ registry }), open });
	expect(channels.map(({ problem }) => problem?.code)).toEqual(["registry_unreachable", "registry_unreachable"]);
	expect(channels.map(({ attested }) => attested)).toEqual([null, null]);
	expect(renderChannels({ channels, unasked: [] }, 0).split("\n")[1]).toMatch(/^canary +- +- +\? /);
});

it("fits 80 columns", async () => {
	machine = await makeMachine(server.client());
	const row = { digest: `sha256:${"a".repeat(64)}`, buildId: "0a1b2c3d4e5f", instances: ["cpu-1", "gpu-1"] };
	const list: ChannelList = {
		channels: [
			{
				...{ ...row, channel: "canary", attested: true, problem: null },
				attestation: { keyId: "a1b2c3d4", signedAt: "", predicateType: "" },
				promoted: { at: "2026-11-23T10:12:00.000Z", by: "operator@huihuang", previous: null },
			},
			{
				...{ ...row, channel: "stable", instances: [], attested: false, attestation: null, promoted: null },
				problem: { code: "attestation_missing", message: "it has no attestation", hint: "cres smoke" },
			},
			{
				...{ ...row, channel: "edge", digest: null, buildId: null, attested: null, attestation: null },
				problem: null,
				promoted: null,
				instances: [],
			},
		],
		unasked: [{ instance: "cpu-2", message: "cpu-2 does not answer", hint: "cres doctor" }],
	};
	const text = renderChannels(list, Date.parse("2026-11-23T10:15:00.000Z"), 80);
	expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
	expect(text).toMatchInlineSnapshot(`
		"CHANNEL  BUILD         ATTESTED  SINCE      BY                 RUNS ON
		canary   0a1b2c3d4e5f  yes       3 min ago  operator@huihuang  cpu-1, gpu-1
		stable   0a1b2c3d4e5f  no        -          -                  -
		edge     -             -         -          -                  -
		stable: it has no attestation
		  → cres smoke
		edge resolves to nothing
		  → cres promote DIGEST edge
		cpu-2 could not be asked: cpu-2 does not answer
		  → cres doctor"
	`);
	expect(renderChannels({ channels: [], unasked: [] }, 0)).toContain("names no channel");
});
