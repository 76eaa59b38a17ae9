import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { recordedEndpoint } from "../../../src/state/endpoints.ts";
import { changeLife } from "../../../src/rollout/lifecycle.ts";
import { readReleases } from "../../../src/state/releases.ts";
import { renderRollout } from "../../../src/rollout/render.ts";
import { Secret } from "../../../src/secrets/secret.ts";
import { deploy } from "../../support/vast-faults.ts";
import { BUILD, makeVastFleet, type VastFleet } from "../../support/vast-fleet.ts";
import { LABEL, NAME, errorOf, expectOne, named, replaceContract, servingNow } from "../../support/vast-replace.ts";

let fleet: VastFleet;
let old: number;

beforeEach(async () => {
	fleet = await makeVastFleet({ instances: [NAME] });
	old = fleet.contractOf(NAME);
});
afterEach(() => fleet.close());

const changes = (from = 0) => fleet.sim.requests.slice(from).filter(({ method }) => method !== "GET");
const creates = () => fleet.sim.requests.filter(({ route }) => route === "create").length;
const file = (...path: string[]) => readFile(join(fleet.root, ...path), "utf8");

describe("an instance that gets another contract", () => {
	beforeEach(() => deploy(fleet, BUILD.first));

	it("runs there, verified, and the old one is drained and gone", async () => {
		fleet.sim.offers.add({ dph: 0.9 });
		const cheap = fleet.sim.offers.add({ dph: 0.3, gpuName: "RTX 5090" });
		const before = await file("cres.yaml");
		const rolled = await replaceContract(fleet);
		expect(rolled).toMatchObject({
			outcome: "live",
			buildId: BUILD.second,
			previous: { buildId: BUILD.first },
			generation: 3,
			undo: expect.stringContaining(`cres rollback ${NAME} --to`),
		});
		await expectOne(fleet);
		const now = await named(fleet);
		expect(await file("cres.yaml")).toBe(before.replace(String(old), String(now)));
		expect(fleet.sim.contract(now)).toMatchObject({ machineId: cheap.machineId, diskGb: 40 });
		expect(await servingNow(fleet)).toBe(BUILD.second);
		expect(await recordedEndpoint(fleet.state, NAME)).toMatchObject({
			contract: now,
			generation: 3,
			verifiedBy: "log",
		});
		expect((await readReleases(fleet.state, NAME)).at(-1)).toMatchObject({ outcome: "live", buildId: BUILD.second });
		const entry = await file("docs", "PLAN.md");
		for (const fact of [`contract ${now} rented: 1 × RTX 5090, 0.300 USD/h`, `contract ${old} destroyed`])
			expect(entry).toContain(fact);
	});

	it("is an ordinary one afterwards", async () => {
		fleet.sim.offers.add();
		await replaceContract(fleet);
		expect(await replaceContract(fleet, { replaces: false })).toMatchObject({ outcome: "unchanged" });
		expect(await replaceContract(fleet, { replaces: false, buildId: BUILD.third })).toMatchObject({ outcome: "live" });
	});

	it("shows beforehand what it would rent and destroy, and does neither", async () => {
		fleet.sim.offers.add({ gpus: 2, dph: 0.75 });
		const from = fleet.sim.requests.length;
		expect(renderRollout(await replaceContract(fleet, { dryRun: true }))).toBe(
			[
				`${NAME}: ${BUILD.first} → ${BUILD.second}`,
				"  1. rent another contract: 2 × RTX 4090, 40 GB of disk, 0.750 USD/h",
				"  2. wait until the platform has made the new container",
				`  3. find the new endpoint and build ${BUILD.second} behind it`,
				"  4. wait until the new build polls every expected queue",
				"  5. watch the new container for restarts",
				`  6. drain and stop the worker of contract ${old}`,
				"  7. name the new contract in cres.yaml",
				`  8. destroy contract ${old} and label the new one ${LABEL}`,
			].join("\n"),
		);
		expect(changes(from).map(({ route }) => route)).toEqual(["offers"]);
		await expectOne(fleet);
	});

	it("is made with the published ports of the old one and the login of the registry", async () => {
		const ours = fleet.sim.contract(old)!.configured;
		Object.assign(ours.env, { "-p 8080:8080": "1", "-h": "its-name", "-v V.881:/mnt": "1" });
		fleet.sim.offers.add();
		const login = { username: "ops", password: new Secret("sentinel-of-login"), registry: "registry.test:5000" };
		await replaceContract(fleet, { login });
		const { configured, container } = fleet.sim.contract(await named(fleet))!;
		expect(Object.keys(configured.env).filter((name) => name.startsWith("-"))).toEqual(["-p 22:22", "-p 8080:8080"]);
		expect(configured).toMatchObject({ login: "-u ops -p sentinel-of-login registry.test:5000", image: /b-2+$/ });
		expect(Object.keys(container!.ports)).toEqual(["22/tcp", "8080/tcp"]);
		const written = [await file("docs", "PLAN.md"), await file("cres.yaml"), ...fleet.notes].join("\n");
		expect(written).not.toContain("sentinel-of-login");
	});

	it("lets the instance's own key in, also when the account has not that key", async () => {
		fleet.sim.simulation.account.keys.splice(0);
		fleet.sim.offers.add();
		expect(await replaceContract(fleet)).toMatchObject({ outcome: "live" });
		expect(fleet.sim.contract(await named(fleet))!.attachedKeys).toHaveLength(1);
	});

	it("does not start a worker again that was stopped before", async () => {
		await changeLife(fleet.ports(NAME), "stop");
		fleet.sim.offers.add();
		fleet.sim.faults.set("crash-loop");
		expect((await replaceContract(fleet)).outcome).toBe("rolled-back");
		await expectOne(fleet);
		expect(await servingNow(fleet)).toBeUndefined();
	});

	it("asks for what cres.yaml says", async () => {
		const text = (await file("cres.yaml")).replace("key: id", "key: id\n    gpu_name: RTX 5090\n    max_dph: 0.5");
		await writeFile(join(fleet.root, "cres.yaml"), text);
		fleet.sim.offers.add({ gpuName: "RTX 4090", dph: 0.1 });
		fleet.sim.offers.add({ gpuName: "RTX 5090", dph: 0.6 });
		fleet.sim.offers.add({ gpuName: "RTX 5090", dph: 0.4, diskGb: 30 });
		expect(await errorOf(replaceContract(fleet))).toMatchObject({
			code: "no_capacity",
			message: `nothing to rent for ${NAME} (RTX 5090, 40 GB of disk, 0.5 USD/h at most): Vast offers none`,
		});
		const fits = fleet.sim.offers.add({ gpuName: "RTX 5090", dph: 0.45 });
		await replaceContract(fleet);
		expect(fleet.sim.contract(await named(fleet))?.machineId).toBe(fits.machineId);
	});
});

describe("an old contract that", () => {
	beforeEach(() => void fleet.sim.offers.add());

	it("is gone is replaced", async () => {
		await fleet.account.api.destroy(old);
		expect(await replaceContract(fleet)).toMatchObject({ outcome: "live", previous: null });
		await expectOne(fleet);
		expect(await servingNow(fleet)).toBe(BUILD.second);
	});

	it("has a run type without ssh is replaced", async () => {
		fleet.sim.contract(old)!.configured.runtype = "args";
		expect((await errorOf(replaceContract(fleet, { replaces: false }))).hint).toContain(
			`cres deploy ${NAME} --replace`,
		);
		expect(await replaceContract(fleet)).toMatchObject({ outcome: "live" });
		await expectOne(fleet);
	});

	it.each([
		["is stopped", () => Object.assign(fleet.sim.contract(old)!, { actual: "stopped", intended: "stopped" })],
		["is silent", () => Object.assign(fleet.sim.contract(old)!, { actual: "offline" })],
		["cannot be reached", () => Object.assign(fleet.sim.contract(old)!, { publicIp: "127.0.0.9" })],
	])("%s is replaced", async (_state, make) => {
		make();
		expect(await replaceContract(fleet)).toMatchObject({ outcome: "live" });
		await expectOne(fleet);
	});

	it.each([null, "cres/other/gpu-1", `${LABEL}-b`])("has the label %s is left alone", async (label) => {
		fleet.sim.contract(old)!.label = label;
		expect(await errorOf(replaceContract(fleet))).toMatchObject({ code: "not_ours" });
		expect(changes().map(({ route }) => route)).toEqual([]);
	});
});

describe("nothing is rented, and nothing is changed,", () => {
	it("where there is no offer", async () => {
		expect(await errorOf(replaceContract(fleet))).toMatchObject({ code: "no_capacity" });
		await expectOne(fleet);
		expect(creates()).toBe(0);
	});

	it("for a disk that the image does not fit into", async () => {
		const text = (await file("cres.yaml")).replace("key: id", "key: id\n    disk_gb: 8");
		await writeFile(join(fleet.root, "cres.yaml"), text);
		fleet.sim.offers.add();
		const small = await fleet.ports(NAME).registry();
		const registry = async () => ({
			...small,
			manifest: async (...asked: Parameters<typeof small.manifest>) => {
				const found = await small.manifest(...asked);
				return found && { ...found, bytes: Buffer.from(found.bytes.toString().replace("300000000", "3000000000")) };
			},
		});
		expect(await errorOf(replaceContract(fleet, { ports: { registry } }))).toMatchObject({
			code: "disk_gb_too_small",
			hint: `raise instances.${NAME}.disk_gb in cres.yaml`,
		});
		expect(creates()).toBe(0);
	});

	it("when cres.yaml names another contract by now", async () => {
		fleet.sim.offers.add();
		const temporal = async () => {
			const text = await file("cres.yaml");
			await writeFile(join(fleet.root, "cres.yaml"), text.replace(String(old), "77"));
			return fleet.ports(NAME).temporal();
		};
		expect(await errorOf(replaceContract(fleet, { ports: { temporal } }))).toMatchObject({ code: "changed_meanwhile" });
		expect(creates()).toBe(0);
	});

	it("for an instance that is nobody's to rent", async () => {
		const { replace: _, ...instance } = fleet.ports(NAME).instance;
		expect(await errorOf(replaceContract(fleet, { ports: { instance } }))).toMatchObject({ code: "not_rented" });
	});
});
