import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeHostKey } from "../../../rehearsal/vast/ssh-server.ts";
import { HOST_KEY_MARK, parseOnStart } from "../../../src/contracts/vast.ts";
import { endpointHistory, recordEndpoint, recordedEndpoint } from "../../../src/state/endpoints.ts";
import { BUILD, NAME, makeContractWorld, type ContractWorld } from "../../support/contract-world.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;

beforeEach(async () => {
	world = await makeContractWorld();
	await world.runs(BUILD.first);
});
afterEach(() => world.close());

const recorded = () => recordedEndpoint(world.state, NAME);
const connect = async () => (await world.instance().connect()).close();
/** Makes a new container, with another host key. */
const recycled = () => world.sim.simulation.lifecycle.recycle(world.contract);
const hostKey = () => world.contract.container!.hostKey;
const address = () => `127.0.0.1:${world.contract.container!.ports["22/tcp"]}`;

describe("connecting to a contract", () => {
	it("records where it answers and the host key that its log names", async () => {
		await connect();
		expect(await recorded()).toEqual({
			...{ host: "127.0.0.1", port: world.contract.container!.ports["22/tcp"], via: "direct" },
			...{ generation: 1, contract: world.id, fingerprint: hostKey(), verifiedBy: "log" },
			since: expect.stringMatching(/^20\d\d-/),
		});
		expect(world.notes).toEqual([]);
	});

	it("writes nothing where all is as it was", async () => {
		await connect();
		const before = await recorded();
		await connect();
		expect(await recorded()).toEqual(before);
		expect(await endpointHistory(world.state, NAME)).toHaveLength(1);
	});

	it("counts a new host key that the log names as a new generation", async () => {
		await connect();
		await recycled();
		await connect();
		expect(await recorded()).toMatchObject({ generation: 2, fingerprint: hostKey(), verifiedBy: "log" });
	});

	it("keeps the generation where only the address has changed", async () => {
		await connect();
		const { port, ...known } = (await recorded())!;
		await recordEndpoint(world.state, NAME, { ...known, port: port + 1 });
		await connect();
		expect(await recorded()).toMatchObject({ generation: 1, port, fingerprint: hostKey() });
	});

	it("A4: refuses a key at a new address that no log names, and records nothing", async () => {
		world.contract.configured.onstart = "sleep 1";
		const refused = world.instance({ acceptHostKeys: false });
		expect(await refusal(refused.connect())).toEqual({
			code: "host_key_unverified",
			message: `${address()} shows host key ${hostKey()} for ${NAME}, and the instance's log does not name it`,
			hint: `compare it with the log on vast.ai, then cres instance adopt ${NAME}, or the same command with --accept-host-key`,
		});
		expect(await recorded()).toBeUndefined();
		expect(world.notes).toEqual([]);
		await connect();
		(await refused.connect()).close(); // a key on record is no new one
	});

	it("A4: asks nobody where the log names the key", async () => {
		(await world.instance({ acceptHostKeys: false }).connect()).close();
		expect(await recorded()).toMatchObject({ verifiedBy: "log" });
	});

	it("takes a key that no log names where it is accepted, once, and says so", async () => {
		world.contract.configured.onstart = "sleep 1";
		await connect();
		expect(await recorded()).toMatchObject({ verifiedBy: "first-use", fingerprint: hostKey() });
		expect(world.notes).toEqual([
			`host key ${hostKey()} of ${NAME} is unverified: the instance's log does not name it; it is accepted for this generation only`,
		]);
		await connect();
		expect(world.notes).toHaveLength(1);
	});

	it("believes no line of the log that another rollout's on-start wrote", async () => {
		world.contract.configured.onstart = world.contract.configured.onstart!.replaceAll(/-3$/gm, "-4");
		await connect();
		expect(await recorded()).toMatchObject({ verifiedBy: "first-use" });
	});

	it("A5: refuses what the platform calls a host and ssh would take for a flag", async () => {
		Object.assign(world.contract.container!, { ports: {} });
		Object.assign(world.contract.proxy, { host: "-oProxyCommand=id" });
		expect(await refusal(connect())).toMatchObject({
			code: "vast_unreadable",
			message: `Vast names "-oProxyCommand=id" as the host of contract ${world.id}, which is none`,
		});
		expect(await recorded()).toBeUndefined();
	});

	it("waits for a log that comes late", async () => {
		world.sim.faults.set("log-late");
		await connect();
		expect(await recorded()).toMatchObject({ verifiedBy: "log" });
	});

	it("refuses another key at the very endpoint on record, which no log names", async () => {
		await connect();
		const known = (await recorded())!;
		const { fingerprint } = makeHostKey();
		await recordEndpoint(world.state, NAME, { ...known, fingerprint });
		world.contract.configured.onstart = "sleep 1";
		expect(await refusal(connect())).toEqual({
			code: "host_key_mismatch",
			message: `${address()} shows host key ${hostKey()}, but ${fingerprint} is on record for this very endpoint`,
			hint: `somebody else may have that address now; cres endpoint discover ${NAME}`,
		});
		expect(await recorded()).toMatchObject({ fingerprint });
	});

	it("takes another key at another port of the contract's, which no log names", async () => {
		await connect();
		const known = (await recorded())!;
		await recordEndpoint(world.state, NAME, { ...known, port: known.port + 1, fingerprint: makeHostKey().fingerprint });
		world.contract.configured.onstart = "sleep 1";
		await connect();
		expect(await recorded()).toMatchObject({ generation: 2, fingerprint: hostKey(), verifiedBy: "first-use" });
	});

	it("takes another key at another host, which no log names", async () => {
		await connect();
		const known = (await recorded())!;
		await recordEndpoint(world.state, NAME, { ...known, host: "127.0.0.2", fingerprint: makeHostKey().fingerprint });
		world.contract.configured.onstart = "sleep 1";
		await connect();
		expect(await recorded()).toMatchObject({ host: "127.0.0.1", generation: 2, verifiedBy: "first-use" });
	});

	/** Connects while the log says that; how often it was asked for. */
	const connectWithLog = async (text: (mark: string) => string | undefined) => {
		const { rollout } = parseOnStart(world.contract.configured.onstart!)!;
		let asked = 0;
		const log = async () => (asked++, text(`${HOST_KEY_MARK} ${rollout}`));
		const { account } = world;
		(await world.instance({ account: { ...account, api: { ...account.api, log } } }).connect()).close();
		return asked;
	};

	it.each([
		["is not to be had", () => undefined, 1],
		["names no key", (mark: string) => `${mark} is here, and no key`, 3],
	])("takes a key that is accepted where the log %s", async (_what, text, times) => {
		expect(await connectWithLog(text)).toBe(times);
		expect(await recorded()).toMatchObject({ verifiedBy: "first-use" });
	});

	it.each(["\n", "\r\n"])("takes any of the keys that the log names, one a line (%j)", async (end) => {
		const keys = [makeHostKey().fingerprint, hostKey(), makeHostKey().fingerprint];
		expect(await connectWithLog((mark) => keys.map((key) => `${mark} ${key}`).join(end))).toBe(1);
		expect(await recorded()).toMatchObject({ verifiedBy: "log", fingerprint: hostKey() });
	});

	it("refuses a key that the log contradicts", async () => {
		world.sim.faults.set("wrong-host-key");
		await recycled();
		expect(await refusal(connect())).toMatchObject({
			code: "host_key_mismatch",
			message: expect.stringMatching(/shows host key SHA256:\S+, but the instance's log names SHA256:\S{43}$/),
		});
		expect(await recorded()).toBeUndefined();
	});

	it("refuses the container of another contract, whatever its key, and leaves it alone", async () => {
		const stranger = await world.sim.seed({ image: "docker.io/somebody/else:1", onstart: "sleep 1" });
		world.contract.container!.ports["22/tcp"] = world.sim.contract(stranger)!.container!.ports["22/tcp"]!;
		world.contract.configured.onstart = "sleep 1";
		expect(await refusal(connect())).toEqual({
			code: "wrong_instance",
			message: `${address()} is contract ${stranger}, not contract ${world.id} of ${NAME}; nothing was done there`,
			hint: `cres endpoint discover ${NAME}`,
		});
		expect(await recorded()).toBeUndefined();
		await expect.poll(() => world.sim.connections()).toBe(0);
	});

	it("begins a new generation with another contract", async () => {
		await connect();
		const known = (await recorded())!;
		await recordEndpoint(world.state, NAME, { ...known, contract: 7, generation: 4 });
		await connect();
		expect(await recorded()).toMatchObject({ contract: world.id, generation: 5 });
	});

	it("says what to do where there is no endpoint", async () => {
		world.contract.actual = "loading";
		Object.assign(world.contract.proxy, { port: 0 });
		expect(await refusal(connect())).toEqual({
			code: "no_endpoint",
			message: `contract ${world.id} of ${NAME} has no ssh endpoint; it is loading`,
			hint: `cres endpoint discover ${NAME}, when it is running`,
		});
	});

	it("says what to do where the platform's sshd does not answer or let it in", async () => {
		world.contract.publicIp = "127.0.0.9";
		expect(await refusal(connect())).toMatchObject({
			code: "instance_unreachable",
			hint: `cres endpoint discover ${NAME}`,
		});
		world.contract.publicIp = "127.0.0.1";
		Object.assign(world.contract, { accountKeys: [], attachedKeys: [] });
		await recycled();
		expect(await refusal(connect())).toMatchObject({
			code: "ssh_refused",
			hint: `cres instance adopt ${NAME} attaches the key again`,
		});
	});

	it("says when the contract is gone", async () => {
		await world.account.api.destroy(world.id);
		expect(await refusal(connect())).toMatchObject({ code: "contract_gone", message: expect.stringContaining(NAME) });
	});
});
