import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Check, Verdict } from "../../../src/checks/doctor/check.ts";
import { recordEndpoint, recordedEndpoint } from "../../../src/state/endpoints.ts";
import { systemShell } from "../../../src/system/shell.ts";
import { BUILD, NAME, assertNoSession, makeContractWorld, type ContractWorld } from "../../support/contract-world.ts";
import { refusal } from "../../support/refusal.ts";

let world: ContractWorld;
const signal = new AbortController().signal;

beforeEach(async () => {
	world = await makeContractWorld();
	await world.runs(BUILD.first);
});
afterEach(async () => {
	await assertNoSession(world);
	await world.close();
});

const record = async () => (await world.instance().connect()).close();
const port = () => world.contract.container!.ports["22/tcp"]!;

describe("an instance that is a contract", () => {
	it("shows the environment of its worker, secrets by name only", async () => {
		expect(await world.instance().environment()).toMatchObject({
			...{ WORKER_INSTANCE_NAME: NAME, BASE_TASK_QUEUE: "jobs", WORKER_MODE: "both" },
			...{ MINIO_ACCESS_KEY: "", MINIO_SECRET_KEY: "" },
		});
		expect(JSON.stringify(await world.instance().environment())).not.toMatch(/fleet-(access|secret)-key|CONTAINER_ID/);
	});

	it("shows none while no worker runs", async () => {
		await world.inside("supervisorctl", "stop", "workers:*");
		expect(await refusal(world.instance().environment())).toMatchObject({ code: "nothing_deployed" });
	});

	it("shows the worker's log, and what a program in it prints", async () => {
		const lines = await Array.fromAsync(world.instance().logs({ tail: 5, follow: false }));
		expect(lines).toEqual([{ at: null, program: "worker-cpu", text: "the worker is RUNNING" }]);
		const argv = ["tail", "-n", "5", "/var/log/cres/worker-cpu.log"];
		expect(await world.instance().exec(argv, { signal, timeout: 1_000 })).toBe("the worker is RUNNING\n");
	});

	it("attaches to a program in it, and to its ports, and leaves nothing open", async () => {
		const [stdout, stderr] = [new PassThrough(), new PassThrough()];
		const argv = ["tail", "-n", "5", "/var/log/cres/worker-cpu.log"];
		const streams = { stdin: undefined, stdout, stderr, terminal: undefined, signal };
		expect(await world.instance().attach(argv, streams)).toBe(0);
		expect(String(stdout.read())).toBe("the worker is RUNNING\n");
		const aborted = { ...streams, signal: AbortSignal.abort(new Error("Ctrl-C")) };
		await expect(world.instance().attach(argv, aborted)).rejects.toThrow("Ctrl-C");
		const ports = await world.instance().ports();
		expect(await refusal(ports.openPort(8000))).toMatchObject({ code: "forwarding_refused" });
		ports.close();
	});

	it.each([
		["stopped", "contract_stopped"],
		["offline", "host_silent"],
		["loading", "host_silent"],
		["exited", "container_ended"],
	] as const)("is not asked while it is %s", async (actual, code) => {
		Object.assign(world.contract, { actual, statusMessage: null });
		expect(await refusal(world.instance().environment())).toMatchObject({ code });
		expect(await refusal(Array.fromAsync(world.instance().logs({ tail: 1, follow: false })))).toMatchObject({ code });
	});

	it("is not asked when the contract has another one's label", async () => {
		world.contract.label = "cres/fleet/gpu-2";
		expect(await refusal(world.instance().environment())).toMatchObject({ code: "not_ours" });
	});
});

describe("where a contract's sshd answers", () => {
	it("is not known before anybody connected", async () => {
		const nothing = { host: null, port: null, via: null, generation: null, contract: null };
		expect(await world.instance().endpoint()).toEqual({
			...nothing,
			...{ fingerprint: null, verifiedBy: null, since: null },
		});
		expect(await refusal(world.instance().sshTarget())).toEqual({
			code: "endpoint_unknown",
			message: `no endpoint of contract ${world.id} is on record for ${NAME}`,
			hint: `cres endpoint rotate ${NAME}`,
		});
	});

	it("is on record afterwards, with the name of its host key", async () => {
		await record();
		expect(await world.instance().endpoint()).toEqual(await recordedEndpoint(world.state, NAME));
		expect(await world.instance().sshTarget()).toEqual({
			...{ name: NAME, host: "127.0.0.1", port: port(), user: "root", key: `${world.root}/id` },
			...{ fingerprint: world.contract.container!.hostKey, alias: expect.stringContaining(String(world.id)) },
			remedy: `the container may be a new one: cres endpoint discover ${NAME}`,
		});
	});

	it("is forgotten with the contract that it was of", async () => {
		await record();
		await recordEndpoint(world.state, NAME, { ...(await recordedEndpoint(world.state, NAME))!, contract: 7 });
		expect(await refusal(world.instance().sshTarget())).toMatchObject({ code: "endpoint_unknown" });
	});

	it("is asked of the platform, verified, and not recorded", async () => {
		const found = await world.instance().discover!();
		expect(found).toMatchObject({
			contract: world.id,
			platform: { host: "127.0.0.1", port: port(), via: "direct" },
		});
		expect(await found.verify()).toMatchObject({
			...{ buildId: BUILD.first, differs: true },
			endpoint: { port: port(), generation: 1, verifiedBy: "log" },
		});
		expect(await recordedEndpoint(world.state, NAME)).toBeUndefined();
		await record();
		expect(await (await world.instance().discover!()).verify()).toMatchObject({ differs: false });
	});

	it("is nowhere while the platform names none", async () => {
		Object.assign(world.contract, { actual: "loading", proxy: { host: "127.0.0.1", port: 0 } });
		expect(await world.instance().discover!()).toMatchObject({ contract: world.id, platform: null });
		await world.account.api.destroy(world.id);
		expect(await refusal(world.instance().discover!())).toEqual({
			code: "contract_gone",
			message: `the account holds no contract ${world.id}, which cres.yaml names for ${NAME}`,
			hint: "cres instance list shows what it holds",
		});
	});
});

describe("doctor's checks of a contract", () => {
	const checks = () => world.instance().checks({ platform: "linux", shell: systemShell });
	const check = (name: string): Check => checks().find((one) => one.name === name)!;
	const seen = (name: string): Promise<Verdict> => check(name).run(signal);
	const adopt = () => `cres instance adopt ${NAME} --vast-id ${world.id}`;

	it("are its key, its host key and the contract", () => {
		expect(
			checks()
				.map(({ name, fix }) => [name, fix])
				.slice(1),
		).toEqual([
			[`host key of ${NAME}`, adopt()],
			[`instance ${NAME}`, "cres instance list shows what the account holds"],
		]);
		expect(checks()[0]!.name).toContain("key");
	});

	it("the host key: none, named by the log, taken as shown", async () => {
		const name = `host key of ${NAME}`;
		expect(await seen(name)).toEqual({ status: "fail", observed: "no endpoint was verified yet", fix: adopt() });
		await record();
		const observed = `${world.contract.container!.hostKey} of generation 1`;
		expect(await seen(name)).toEqual({ status: "ok", observed });
		const known = (await recordedEndpoint(world.state, NAME))!;
		await recordEndpoint(world.state, NAME, { ...known, verifiedBy: "first-use" });
		expect(await seen(name)).toEqual({
			...{ status: "warn", observed: `${observed} was taken as it was shown` },
			fix: `compare it: cres ssh ${NAME} --print`,
		});
	});

	it("the contract: running, not running, gone", async () => {
		const name = `instance ${NAME}`;
		const { image } = world.contract.configured;
		const observed = `contract ${world.id}: running, 1 × RTX 4090, ${image}`;
		expect(await seen(name)).toEqual({ status: "ok", observed });
		world.contract.intended = "stopped";
		const fix = `cres instance list, then cres start ${NAME}`;
		expect(await seen(name)).toEqual({ status: "fail", observed: `${observed}; stopped was asked for`, fix });
		Object.assign(world.contract, { actual: null, intended: "running" });
		expect(await seen(name)).toMatchObject({
			status: "fail",
			observed: expect.stringMatching(/: not started, .* running was asked for$/),
		});
		await world.account.api.destroy(world.id);
		expect(await seen(name)).toEqual({
			...{ status: "fail", observed: `contract ${world.id} is gone` },
			fix: `cres instance adopt ${NAME} --vast-id <another one>`,
		});
	});
});
