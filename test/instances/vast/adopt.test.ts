import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { adoptContract, type AdoptVastOptions, type AdoptVastSettings } from "../../../src/instances/vast/adopt.ts";
import { claimOf } from "../../../src/state/claim.ts";
import { recordedEndpoint } from "../../../src/state/endpoints.ts";
import { systemClock } from "../../../src/system/clock.ts";
import {
	BUILD,
	NAME,
	PLACE,
	assertNoSession,
	makeContractWorld,
	type ContractWorld,
} from "../../support/contract-world.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;
let asked: string[];

beforeEach(async () => {
	world = await makeContractWorld();
	asked = [];
});
afterEach(async () => {
	await assertNoSession(world);
	await world.close();
});

const cresYaml = () => readFile(join(world.root, "cres.yaml"), "utf8");
interface Adopting extends Pick<AdoptVastOptions, "relabel" | "chooseRoles"> {
	name: string;
	accepts: boolean;
}
const noRole = () => Promise.reject(new UserError("role_missing", "no role was given"));
const adopt = async (
	given: AdoptVastSettings = {},
	{ name = NAME, relabel = false, accepts = true, chooseRoles = noRole }: Partial<Adopting> = {},
) =>
	adoptContract(name, given, {
		...{ config: await world.config(), account: world.account, signal: new AbortController().signal, relabel },
		note: (text) => void world.notes.push(text),
		chooseRoles,
		confirm: async (fingerprint) => {
			asked.push(fingerprint);
			return accepts;
		},
	});
const hostKey = () => world.contract.container!.hostKey;
const port = () => world.contract.container!.ports["22/tcp"]!;

/** A refusal, and nothing changed at the platform, in cres.yaml or on record. */
async function refused(adopting: () => Promise<unknown>): Promise<Awaited<ReturnType<typeof refusal>>> {
	const [text, label, from] = [await cresYaml(), world.contract.label, world.sim.requests.length];
	const error = await refusal(adopting());
	expect(await cresYaml()).toBe(text);
	expect(world.contract.label).toBe(label);
	expect(await recordedEndpoint(world.state, NAME)).toBeUndefined();
	expect(world.sim.requests.slice(from).filter(({ method }) => method !== "GET")).toEqual([]);
	return error;
}

describe("adopting the contract that cres.yaml names", () => {
	it("labels it, attaches the key, and records where it was seen to answer", async () => {
		world.contract.label = null;
		const text = await cresYaml();
		expect(await adopt()).toEqual({
			...{ instance: NAME, contract: world.id, endpoint: `127.0.0.1:${port()}`, fingerprint: hostKey() },
			...{ newKey: true, recorded: false, labelled: true, roles: ["cpu", "gpu"] },
			facts: { gpus: 1, gpuName: "RTX 4090", diskGb: 40, image: "docker.io/somebody/else:1" },
		});
		expect(world.contract.label).toBe(PLACE);
		expect(world.contract.attachedKeys).toHaveLength(1);
		expect(asked).toEqual([hostKey()]);
		expect(await recordedEndpoint(world.state, NAME)).toMatchObject({ contract: world.id, fingerprint: hostKey() });
		expect(await cresYaml()).toBe(text);
	});

	it("writes to cres.yaml what was given besides, and leaves the rest", async () => {
		await writeFile(join(world.root, "cres.yaml"), (await cresYaml()).replace("key: id", "key: id\n    max_dph: 0.5"));
		const key = join(world.root, "moved");
		await copyFile(join(world.root, "id"), key);
		expect(await adopt({ user: "root", key, roles: ["gpu"] })).toMatchObject({ recorded: true, roles: ["gpu"] });
		expect((await world.config()).instances[NAME]).toMatchObject({
			...{ driver: "vast", id: world.id, user: "root", key, roles: ["gpu"], max_dph: 0.5 },
		});
		expect(await adopt({ key, roles: ["gpu"] })).toMatchObject({ recorded: false });
	});

	it("again changes and asks nothing", async () => {
		await adopt();
		const since = (await recordedEndpoint(world.state, NAME))!.since;
		const again = await adopt();
		expect(again).toMatchObject({ newKey: false, recorded: false, labelled: false });
		expect(asked).toHaveLength(1);
		expect((await recordedEndpoint(world.state, NAME))!.since).toBe(since);
		expect(world.contract.attachedKeys).toHaveLength(1);
	});

	it("does not ask about a key that the log names", async () => {
		await world.runs(BUILD.first);
		expect(await adopt({}, { accepts: false })).toMatchObject({ newKey: true });
		expect(asked).toEqual([]);
	});

	it("leaves its label to whoever holds the lease in it", async () => {
		await world.instance().lease.take({ ...claimOf("deploy", systemClock), owner: "ann@pc" });
		const { label } = world.contract;
		expect(await adopt()).toMatchObject({ labelled: false });
		expect(world.contract.label).toBe(label);
	});

	it("records and labels nothing where the host key was not accepted, or the container is another one's", async () => {
		const text = await cresYaml();
		world.contract.label = null;
		expect(await refusal(adopt({}, { accepts: false }))).toEqual({
			code: "host_key_refused",
			message: `host key ${hostKey()} of ${NAME} was not accepted; nothing was recorded`,
			hint: "compare it in the instance's log on vast.ai",
		});
		const stranger = await world.sim.seed({ image: "docker.io/somebody/else:1", onstart: "sleep 1" });
		world.contract.container!.ports["22/tcp"] = world.sim.contract(stranger)!.container!.ports["22/tcp"]!;
		expect(await refusal(adopt())).toMatchObject({ code: "wrong_instance" });
		expect(await recordedEndpoint(world.state, NAME)).toBeUndefined();
		expect(await cresYaml()).toBe(text);
		expect(world.contract.label).toBeNull();
	});
});

describe("adopting another contract", () => {
	it("writes it to cres.yaml with what was given, and keeps what stands there", async () => {
		const id = await world.sim.seed({ image: "docker.io/somebody/else:1", onstart: "sleep 1", label: "" });
		const text = (await cresYaml()).replace("key: id", "key: id\n    max_dph: 0.5");
		await writeFile(join(world.root, "cres.yaml"), text);
		expect(await adopt({ id, roles: ["gpu"] })).toMatchObject({ contract: id, recorded: true, labelled: true });
		expect((await world.config()).instances[NAME]).toMatchObject({
			...{ driver: "vast", id, user: "root", key: "id", roles: ["gpu"], max_dph: 0.5 },
		});
		expect(world.sim.contract(id)!.label).toBe(PLACE);
		expect(await adopt({ id, roles: ["gpu"] })).toMatchObject({ recorded: false, labelled: false });
	});

	it("makes a new instance of it, for the roles that are chosen", async () => {
		const id = await world.sim.seed({ image: "docker.io/somebody/else:1", onstart: "sleep 1" });
		const given = { id, key: join(world.root, "id") };
		expect(await refused(() => adopt(given, { name: "gpu-9" }))).toMatchObject({ code: "role_missing" });
		const chooseRoles = async (): Promise<["gpu"]> => ["gpu"];
		expect(await adopt(given, { name: "gpu-9", chooseRoles })).toMatchObject({ roles: ["gpu"] });
		expect((await world.config()).instances["gpu-9"]).toMatchObject({
			...{ driver: "vast", id, user: "root", roles: ["gpu"], disk_gb: 40 },
		});
		expect(world.sim.contract(id)!.label).toBe("cres/fleet/gpu-9");
	});

	it("logs in as the user that is given", async () => {
		expect((await refusal(adopt({ user: "ops" }))).message).toBe(`${NAME} (ops@127.0.0.1:${port()}) refuses the key`);
	});

	it("is refused without its number or key", async () => {
		const refusedTwice = [{ id: 7 }, { key: "id" }, {}].map((given) => refused(() => adopt(given, { name: "gpu-9" })));
		for (const one of await Promise.all(refusedTwice))
			expect(one).toEqual({
				code: "unknown_instance",
				message: "gpu-9 is not in cres.yaml, so its contract and key are needed",
				hint: "cres instance adopt gpu-9 --vast-id NUMBER --key FILE",
			});
	});

	it("is refused when somebody else's label is on it, unless it is asked for", async () => {
		world.contract.label = "cres/other/gpu-1";
		expect(await refused(() => adopt())).toEqual({
			code: "label_taken",
			message: `contract ${world.id} has the label "cres/other/gpu-1"`,
			hint: `if it may become ${PLACE}: cres instance adopt ${NAME} --vast-id ${world.id} --relabel`,
		});
		expect(world.contract.attachedKeys).toEqual([]);
		expect(await adopt({}, { relabel: true })).toMatchObject({ labelled: true });
		expect(world.contract.label).toBe(PLACE);
	});

	it("is refused when the account has no such contract", async () => {
		expect(await refused(() => adopt({ id: 7 }))).toEqual({
			code: "contract_gone",
			message: "the account has no contract 7",
			hint: "cres instance list shows what it holds",
		});
	});

	it("is refused when it has no ssh, by its run type or yet", async () => {
		world.contract.configured.runtype = "args";
		expect(await refused(() => adopt())).toMatchObject({
			code: "fixed_at_create",
			message: `contract ${world.id} has the run type "args", which has no ssh; it is fixed when a contract is made`,
		});
		world.contract.configured.runtype = "ssh_direc ssh_proxy";
		Object.assign(world.contract, { actual: "loading", proxy: { host: "127.0.0.1", port: 0 } });
		expect(await refused(() => adopt())).toEqual({
			code: "no_endpoint",
			message: `contract ${world.id} has no ssh endpoint; it is loading`,
			hint: "wait until cres instance list shows it running",
		});
		world.contract.actual = null;
		expect((await refused(() => adopt())).message).toContain("it is not started yet");
	});
});

it("A5: a user name that ssh would take for a flag is refused before anything", async () => {
	await expect(adopt({ user: "-oProxyCommand=id" })).rejects.toMatchObject({ code: "bad_login", exit: "usage" });
});
