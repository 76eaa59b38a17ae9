import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { VastInstance } from "../../../src/config/schema.ts";
import { UserError } from "../../../src/errors/errors.ts";
import { connectContract, type Connected } from "../../../src/instances/vast/connect.ts";
import type { VastPorts } from "../../../src/instances/vast/ports.ts";
import type { Replacement } from "../../../src/instances/vast/replace/replacement.ts";
import { revert as revertReplacement } from "../../../src/instances/vast/replace/revert.ts";
import { awaitContainer } from "../../../src/instances/vast/roll/await-container.ts";
import { revert } from "../../../src/instances/vast/roll/revert.ts";
import type { VastRollout } from "../../../src/instances/vast/roll/vast-rollout.ts";
import { systemClock } from "../../../src/system/clock.ts";
import type { Temporal } from "../../../src/temporal/temporal.ts";
import {
	BUILD,
	NAME,
	PLACE,
	assertNoSession,
	makeContractWorld,
	type ContractWorld,
} from "../../support/contract-world.ts";
import { fakeContract } from "../../support/fake-contract.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;
let ports: VastPorts;
beforeEach(async () => {
	world = await makeContractWorld();
	await world.runs(BUILD.first);
	const config = await world.config();
	ports = {
		...{ name: NAME, config, settings: config.instances[NAME] as VastInstance, credential: undefined },
		...{ signal: new AbortController().signal, note: (text) => void world.notes.push(text) },
		clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) },
		...{ temporal: () => world.ports(NAME).temporal(), vast: async () => world.account },
		acceptHostKey: async () => true,
	};
});
afterEach(async () => {
	await assertNoSession(world);
	await world.close();
});

const contract = async () => (await world.account.read(world.id))!;
const report = () => {};
const unreachable = new UserError("temporal_unreachable", "Temporal does not answer");
const builds = (rows: readonly { buildId: string | null }[]) => rows.map(({ buildId }) => buildId);

describe("going back to a worker that was only drained", () => {
	const goBack = async (change: Partial<VastPorts> = {}) => {
		const [{ account }, now] = [world, await contract()];
		const own: VastRollout = { ...fakeContract().own, account, contract: now, before: now, begun: "drain" };
		try {
			return await revert({ ...ports, ...change }, own, report);
		} finally {
			own.connected?.session.close();
		}
	};

	it("starts it, and sees it poll", async () => {
		await world.inside("supervisorctl", "stop", "workers:*");
		expect(builds(await goBack())).toEqual(Array(3).fill(BUILD.first));
	});

	it("says that its polls are not verified where Temporal does not answer", async () => {
		expect(await goBack({ temporal: () => Promise.reject(unreachable) })).toEqual([]);
		expect(world.notes).toEqual(["its worker runs again; its polls are not verified: Temporal does not answer"]);
		await expect(goBack({ temporal: () => Promise.reject(new Error("a bug")) })).rejects.toThrow("a bug");
	});

	it("leaves a container without a worker of ours as it is", async () => {
		world.contract.configured.onstart = "sleep 1";
		await world.sim.simulation.lifecycle.recycle(world.contract);
		expect(await goBack()).toEqual([]);
	});
});

describe("going back from another contract to one that was not touched", () => {
	const goBack = async (change: Partial<VastPorts> = {}, account = world.account, isGone = false) => {
		const { run, next, known } = fakeContract().own;
		const now = await contract();
		const connected = await connectContract({ ...ports, account }, now);
		const seen = {
			...{ account, contract: isGone ? undefined : now, connected, interrupted: undefined, leftovers: [] },
			...{ recorded: undefined, reference: "", publicKey: "", offers: [] },
		};
		const own: Replacement = {
			...{ seen, run, next, known, finishes: false, fresh: undefined, tried: [], asked: false, drained: false },
			...{ takenOver: false, left: undefined },
		};
		try {
			return await revertReplacement({ ...ports, ...change }, own, report);
		} finally {
			connected.session.close();
		}
	};

	it("tells what its worker polls, as far as Temporal answers", async () => {
		expect(builds(await goBack())).toEqual(Array(3).fill(BUILD.first));
		const silent = {
			queueStatus: () => Promise.reject(unreachable),
			heartbeats: async () => [],
		} as unknown as Temporal;
		expect(await goBack({ temporal: async () => silent })).toEqual([]);
		expect(await goBack({}, world.account, true)).toEqual([]);
	});

	it("says that something may be billed where the account cannot be read", async () => {
		const api = { ...world.account.api, contracts: () => Promise.reject(new Error("HTTP 503")) };
		const { message, ...told } = await refusal(goBack({}, { ...world.account, api }));
		expect(told).toEqual({ code: "still_billed", hint: `cres deploy ${NAME} --replace destroys it` });
		expect(message).toMatch(`a contract with the label ${PLACE}/new-`);
		expect(message).toMatch(/ may be billed: HTTP 503$/);
	});

	it("says both where the old worker does not come back either", async () => {
		const api = { ...world.account.api, contracts: () => Promise.reject(new Error("HTTP 503")) };
		const notes: string[] = [];
		const change = { note: (text: string) => void notes.push(text), temporal: () => Promise.reject(unreachable) };
		expect(await refusal(goBack(change, { ...world.account, api }))).toMatchObject({ code: "still_billed" });
		expect(notes).toEqual([`the old worker: ${unreachable.message}`]);
		await expect(goBack(change)).rejects.toBe(unreachable);
		expect(notes).toHaveLength(1);
	});
});

describe("a container at the same address after a recycle", () => {
	/** Waits for it, for as many looks. */
	const waiting = async (fingerprint: (now: Connected) => string | undefined, most: number) => {
		const now = await contract();
		const before = await connectContract({ ...ports, account: world.account }, now);
		before.session.close();
		const replaced = { contract: now, wasUp: true, fingerprint: fingerprint(before) };
		const own: VastRollout = { ...fakeContract().own, account: world.account, contract: now, replaced };
		const [reports, stop] = [[] as string[], new AbortController()];
		const waited = awaitContainer({ ...ports, signal: stop.signal }, own, (text) => {
			if (reports.push(text) === most) stop.abort(new Error("enough"));
		});
		await waited.catch((error: Error) => reports.push(error.name));
		return reports;
	};
	const STILL = "running, still the old container";

	it("is another one when it has another host key", async () => {
		expect(await waiting(() => "SHA256:of-before", 5)).toEqual([STILL, STILL, STILL]);
	});

	it("is still the old one when it has the old host key", async () => {
		expect(await waiting(({ endpoint }) => endpoint.fingerprint, 5)).toEqual([
			...Array<string>(5).fill(STILL),
			"AbortError",
		]);
	});

	it("is not known yet while it cannot be connected to", async () => {
		const waited = waiting(() => {
			world.contract.publicIp = "127.0.0.9";
			return "SHA256:of-before";
		}, 4);
		expect((await waited).at(-1)).toBe("AbortError");
	});
});

it("a contract that is gone right after it was made is told, and nothing stays billed", async () => {
	world.sim.offers.add();
	const { account } = world;
	const read: typeof account.read = async (id) => (id === world.id ? account.read(id) : undefined);
	const rolled = await world.deploy(BUILD.second, { replace: true, account: { ...account, read } });
	expect(rolled).toMatchObject({
		outcome: "rolled-back",
		failure: {
			code: "contract_gone",
			message: expect.stringMatching(/^contract \d+ of gpu-1 is gone right after it was made$/),
		},
	});
});
