import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startSimulator, type Simulator } from "../../rehearsal/vast/start.ts";
import { NO_DELAYS } from "../../rehearsal/vast/timings.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { scaledClock, systemClock } from "../../src/system/clock.ts";
import { createVast } from "../../src/vast/client.ts";
import { createFleetReader } from "../../src/vast/fleet-reader.ts";
import type { Vast } from "../../src/vast/vast.ts";
import { errorOf } from "./platform.ts";

const FACTOR = 200;
const FLEET = 26;
const IMAGE = "registry.example.com/cres/worker:sha-1";
const ACCOUNT_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVWZxmmkZBwMvrkbVRd0lRAiMcuXT1VVMA5eEiZxwbM of-the-account";
const clock = scaledClock(systemClock, FACTOR);

let simulator: Simulator;
let vast: Vast;
let ids: number[];
beforeAll(async () => {
	const resolve = () => ({ digest: `sha256:${"1".repeat(64)}`, buildId: "111111111111" }) as const;
	simulator = await startSimulator({
		backing: { kind: "state", resolve },
		factor: FACTOR,
		accountKeys: [ACCOUNT_KEY],
		timings: NO_DELAYS,
	});
	vast = createVast({ url: simulator.url, key: new Secret(simulator.apiKey), clock });
	ids = [];
	for (let at = 1; at <= FLEET; at++)
		ids.push(
			await simulator.seed({ image: IMAGE, label: `cres/video/gpu-${at}`, env: { "-p 8100:8100": "1", MODE: "gpu" } }),
		);
}, 60_000);
afterAll(() => simulator.close());
beforeEach(() => {
	simulator.faults.clear();
	simulator.requests.length = 0;
});

/** What the platform says to somebody who knows nothing of its intervals; asks again until it is no refusal. */
async function plainly(path: string): Promise<{ status: number; body: any; text: string }> {
	const authorization = `Bearer ${simulator.apiKey}`;
	for (;;) {
		const response = await fetch(`${simulator.url}${path}`, { headers: { authorization } });
		const text = await response.text();
		if (response.status === 429) await clock.sleep(1_000);
		else return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : undefined, text };
	}
}

const statuses = () => simulator.requests.map(({ route, status }) => `${route} ${status}`);

/** The fields that both readers can be asked for. */
const shown = (raw: any) => ({
	id: raw.id,
	label: raw.label,
	actual: raw.actual_status,
	image: raw.image_uuid,
	port: raw.ports && Number(raw.ports["22/tcp"][0].HostPort),
	sshPort: raw.ssh_port,
	env: raw.extra_env,
});

const read = (contract: Awaited<ReturnType<Vast["contract"]>>) =>
	contract && {
		id: contract.id,
		label: contract.label,
		actual: contract.actual,
		image: contract.image,
		port: contract.ports["22/tcp"],
		sshPort: contract.sshPort,
		env: contract.env.map(({ name, value }) => [name, value.reveal()]),
	};

describe("the client and plain requests see the same", () => {
	it("fleet of 26, which is two pages", async () => {
		const first = await plainly("/api/v1/instances/?limit=100");
		expect(first.body.instances).toHaveLength(25);
		expect(first.body.instances_found).toBe(25);
		const second = await plainly(`/api/v1/instances/?after_token=${first.body.next_token}`);
		expect(second.body.next_token).toBeNull();
		const raw = [...first.body.instances, ...second.body.instances];
		const contracts = await vast.contracts();
		expect(contracts.map(read)).toEqual(raw.map(shown));
		expect(contracts.map(({ id }) => id)).toEqual(ids);
	});

	it("contract by its number: one object under a plural key", async () => {
		const { body } = await plainly(`/api/v0/instances/${ids[0]}/`);
		expect(Array.isArray(body.instances)).toBe(false);
		expect(body.instances.ports["22/tcp"][0].HostPort).toEqual(expect.any(String));
		expect(read(await vast.contract(ids[0]!))).toEqual(shown(body.instances));
	});

	it("contract by its label", async () => {
		expect((await vast.contracts({ label: "cres/video/gpu-26" })).map(({ id }) => id)).toEqual([ids[25]]);
	});

	it("nothing under a number that nobody has", async () => {
		expect((await plainly("/api/v0/instances/4711/")).text).toBe('{"instances":null}');
		expect(await vast.contract(4711)).toBeUndefined();
	});

	it("account and its keys", async () => {
		expect(await vast.account()).toEqual({ id: (await plainly("/api/v0/users/current/")).body.id });
		const { body } = await plainly(`/api/v0/instances/${ids[0]}/ssh/`);
		expect(await vast.keys(ids[0]!)).toEqual(
			body.ssh_keys.map(({ id, public_key }: { id: number; public_key: string }) => ({ id, publicKey: public_key })),
		);
	});
});

describe("odd shapes are read all the same", () => {
	it("a list for one contract, blanks in its address, no proxy", async () => {
		for (const name of ["instances-array", "ip-whitespace", "no-ssh-host", "direct-ports-unset"] as const)
			simulator.faults.set(name, { id: ids[1]! });
		expect(await vast.contract(ids[1]!)).toMatchObject({ id: ids[1], publicIp: "127.0.0.1", sshHost: null });
	});

	it("a word for a state that nobody documented is unknown", async () => {
		simulator.faults.set("unknown-status", { id: ids[1]! });
		expect((await vast.contract(ids[1]!))?.actual).toBe("unknown");
	});

	it("ports that only the list has are found there", async () => {
		simulator.faults.set("ports-only-in-list", { id: ids[1]! });
		const reader = createFleetReader(vast, clock);
		expect((await vast.contract(ids[1]!))?.ports).toEqual({});
		expect((await reader.read(ids[1]!))?.ports["22/tcp"]).toBe(simulator.contract(ids[1]!)!.container!.ports["22/tcp"]);
	});
});

describe("what passes is got over, and what is refused is said", () => {
	it.each([
		"rate-limited",
		"bad-gateway",
		"unavailable",
		"html-body",
		"reply-lost-after",
		"reply-lost-before",
	] as const)("%s at a read and at a stage", async (fault) => {
		simulator.faults.set(fault, { route: "show" });
		simulator.faults.set(fault, { route: "update-template" });
		await vast.stage(ids[2]!, { image: `${IMAGE}-${fault}` });
		expect((await vast.contract(ids[2]!))?.image).toBe(`${IMAGE}-${fault}`);
		expect(statuses()).toHaveLength(4);
	});

	it.each([
		["reply-lost-after", "vast_reply_lost", 1],
		["reply-lost-before", "vast_reply_lost", 1],
		["html-body", "vast_reply_lost", 1],
		["success-false", "vast_refused", 1],
		["redirected", "vast_unreachable", 1],
	] as const)("%s at a recycle ends it, and it is made once", async (fault, code, calls) => {
		simulator.faults.set(fault, { route: "recycle" });
		expect(await errorOf(vast.recycle(ids[3]!))).toMatchObject({ code });
		expect(statuses()).toHaveLength(calls);
	});

	it("another key", async () => {
		const stranger = createVast({ url: simulator.url, key: new Secret("key-of-nobody"), clock });
		expect(await errorOf(stranger.contracts())).toMatchObject({ code: "vast_unauthorized" });
		expect(statuses()).toEqual(["list 401"]);
	});
});

describe("changes arrive", () => {
	it("stage leaves the container as it is; recycle makes a new one", async () => {
		const state = simulator.contract(ids[4]!)!;
		const { containerId } = state.container!;
		await vast.stage(ids[4]!, { image: `${IMAGE}0`, env: { MODE: "cpu" }, onstart: "# supervisor" });
		expect(await vast.contract(ids[4]!)).toMatchObject({
			image: `${IMAGE}0`,
			onstart: "# supervisor",
			actual: "running",
		});
		expect(state.container!.containerId).toBe(containerId);
		await vast.recycle(ids[4]!);
		await expect.poll(() => [state.actual, state.generations]).toEqual(["running", 2]);
		expect(state.container!.containerId).not.toBe(containerId);
	});

	it("a label, a start of what runs, and a key, twice", async () => {
		await vast.setLabel(ids[5]!, "cres/video/renamed");
		await vast.start(ids[5]!);
		const key = ACCOUNT_KEY.replace("of-the-account", "mine").replace("HVWZ", "HVWY");
		await vast.attachKey(ids[5]!, key);
		await vast.attachKey(ids[5]!, key);
		expect(simulator.contract(ids[5]!)).toMatchObject({ label: "cres/video/renamed", actual: "running" });
		expect((await vast.keys(ids[5]!)).filter(({ publicKey }) => publicKey === key)).toHaveLength(1);
	});

	it("the log is there, late, or not at all", async () => {
		const { hostKey } = simulator.contract(ids[6]!)!.container!;
		expect(await vast.log(ids[6]!, { tail: 100, filter: "host key" })).toContain(hostKey);
		simulator.faults.set("log-late", { id: ids[6]! });
		expect(await vast.log(ids[6]!, { tail: 100 })).toContain(hostKey);
		simulator.faults.set("log-never", { id: ids[6]! });
		expect(await vast.log(ids[6]!, { tail: 100 })).toBeUndefined();
	});
});

describe("a contract's life", () => {
	const wanted = (label: string) => ({
		...{ image: IMAGE, diskGb: 40, label, env: { "-p 22:22": "1" }, onstart: "true" },
		login: { username: "ops", password: new Secret("sentinel-token"), registry: "ghcr.io" },
	});
	const query = { minimumGpus: 1, diskGb: 40, limit: 5 };

	it("begins with the cheapest offer and ends twice", async () => {
		simulator.offers.add({ dph: 0.5 });
		const cheap = simulator.offers.add({ dph: 0.2 });
		const [first] = await vast.offers(query);
		expect(first).toMatchObject({ id: cheap.id, dphTotal: 0.2 });
		const id = await vast.create(first!.id, wanted("cres/video/new-1"));
		expect(await vast.contract(id)).toMatchObject({ label: "cres/video/new-1", diskGb: 40 });
		expect(await errorOf(vast.create(first!.id, wanted("cres/video/new-2")))).toMatchObject({
			code: "vast_offer_gone",
		});
		await vast.destroy(id);
		await vast.destroy(id);
		expect(await vast.contract(id)).toBeUndefined();
		expect(JSON.stringify(simulator.requests)).not.toContain("sentinel-token");
	});

	it("is one after a lost reply, and none after a half-made creation", async () => {
		const held = simulator.contracts().length;
		simulator.faults.set("reply-lost-after", { route: "create" });
		const id = await vast.create(simulator.offers.add().id, wanted("cres/video/new-3"));
		expect(simulator.contracts()).toHaveLength(held + 1);
		simulator.faults.set("create-half-made", { route: "create" });
		expect(await errorOf(vast.create(simulator.offers.add().id, wanted("cres/video/new-4")))).toMatchObject({
			code: "vast_refused",
		});
		expect(simulator.contracts()).toHaveLength(held + 1);
		simulator.faults.set("reply-lost-before", { route: "create" });
		expect(await errorOf(vast.create(simulator.offers.add().id, wanted("cres/video/new-5")))).toMatchObject({
			code: "vast_reply_lost",
		});
		await vast.destroy(id);
		expect(simulator.contracts()).toHaveLength(held);
	});
});

describe("the platform's intervals", () => {
	it("are kept by ten at once, and broken by plain requests", async () => {
		const work = ids.slice(0, 10).map(async (id) => {
			await vast.setLabel(id, `cres/video/again-${id}`);
			await vast.stage(id, { image: IMAGE });
			await vast.keys(id);
			await vast.contract(id);
		});
		await Promise.all(work);
		expect(statuses().filter((one) => !one.endsWith(" 200"))).toEqual([]);
		expect(statuses()).toHaveLength(40);
		const authorization = `Bearer ${simulator.apiKey}`;
		const burst = ids
			.slice(0, 8)
			.map((id) => fetch(`${simulator.url}/api/v0/instances/${id}/`, { headers: { authorization } }));
		const refused = (await Promise.all(burst)).find(({ status }) => status === 429);
		expect(await refused?.text()).toBe("API requests too frequent: endpoint threshold=2.0");
	});

	it("are kept while 26 are read at once: two list calls and no refusal", async () => {
		const reader = createFleetReader(vast, clock);
		const contracts = await Promise.all(ids.map((id) => reader.read(id)));
		expect(contracts.map((one) => one?.id)).toEqual(ids);
		expect(statuses()).toEqual(["list 200", "list 200"]);
	});
});
