import { afterEach, describe, expect, it } from "vitest";
import type { Simulator } from "../../../rehearsal/vast/start.ts";
import { GIVES_UP_MS, USUAL_TIMINGS } from "../../../rehearsal/vast/timings.ts";
import { MUTABLE, ONSTART, V1, V2, call, generation, moveTag, put, show, simulate, until, watch } from "./platform.ts";

let sim: Simulator;
afterEach(() => sim.close());

const seedRunning = () => sim.seed({ image: V1, onstart: ONSTART, env: { WORKER_INSTANCE_NAME: "cpu-1" } });
const actualOf = (id: number) => () => sim.contract(id)!.actual;

describe("a create", () => {
	it("goes from nothing over loading to running, with ports at the end only", async () => {
		sim = await simulate({ timings: { ...USUAL_TIMINGS, provisioningMs: 60_000 } });
		const offer = sim.offers.add({ gpus: 2 });
		const body = {
			client_id: "me",
			image: V1,
			disk: 60,
			label: "cres/test/new",
			runtype: "ssh_direc ssh_proxy",
			env: {},
		};
		const { body: said } = await call(sim, "PUT", `/api/v0/asks/${offer.id}/`, { ...body, onstart: ONSTART });
		const id = said["new_contract"] as number;
		expect(said).toMatchObject({ success: true, instance_api_key: expect.any(String) as string });
		expect(await show(sim, id)).toMatchObject({
			actual_status: null,
			ports: null,
			direct_port_start: -1,
			disk_usage: -1,
		});
		const seen = await watch(actualOf(id), () => sim.contract(id)!.container !== null);
		expect(seen).toEqual([null, "loading", "running"]);
		expect(await show(sim, id)).toMatchObject({ disk_space: 60, num_gpus: 2, label: "cres/test/new" });
		expect(sim.offers.list()).toEqual([]);
	});

	it("needs an offer that is still there", async () => {
		sim = await simulate();
		const { id } = sim.offers.add();
		const body = { client_id: "me", image: V1, label: "cres/test/new" };
		const create = (more: object = {}) => call(sim, "PUT", `/api/v0/asks/${id}/`, { ...body, ...more });
		expect((await create()).status).toBe(200);
		const again = await create();
		const text = `error 404/3603: no_such_ask Instance type by id ${id} is not available.`;
		expect([again.status, again.body]).toEqual([404, { success: false, error: "no_such_ask", msg: text }]);
		expect((await create({ cancel_unavail: true })).status).toBe(410);
		expect(sim.contracts()).toHaveLength(1);
	});
});

describe("update_template", () => {
	it("changes what is configured and nothing else", async () => {
		sim = await simulate();
		const id = await seedRunning();
		const before = await show(sim, id);
		expect((await put(sim, "update_template", id, { id, image: V2 })).status).toBe(200);
		expect(await show(sim, id)).toEqual({ ...before, image_uuid: V2 });
		expect(sim.contract(id)!.container!.image.reference).toBe(V1);
	});

	it("takes environment and on-start with an image only, and replaces the environment", async () => {
		sim = await simulate();
		const id = await sim.seed({ image: V1, env: { A: "1", B: "2" } });
		await put(sim, "update_template", id, { id, env: { C: "3" }, onstart: "true" });
		expect(sim.contract(id)!.configured).toMatchObject({ env: { A: "1", B: "2" }, onstart: null });
		await put(sim, "update_template", id, { id, image: V1, env: { C: "3" }, onstart: "true" });
		expect(sim.contract(id)!.configured).toMatchObject({ env: { C: "3" }, onstart: "true" });
	});
});

describe("a recycle", () => {
	it("makes a new container of the configured image: other ports, other key, same contract and proxy", async () => {
		sim = await simulate({ timings: { ...USUAL_TIMINGS, acceptedMs: 60_000 } });
		const id = await seedRunning();
		await put(sim, "update_template", id, { id, image: V2 });
		const { container: old, proxy, machineId } = structuredClone(sim.contract(id)!);
		await put(sim, "recycle", id);
		expect(await show(sim, id)).toMatchObject({
			actual_status: "running",
			ports: { "22/tcp": expect.any(Array) as [] },
		});
		expect(await watch(actualOf(id), () => sim.contract(id)!.generations === 2)).toEqual([
			"running",
			"recycling",
			"loading",
			"running",
		]);
		const { container, ...kept } = sim.contract(id)!;
		expect(container).toMatchObject({ number: 2, image: { reference: V2, buildId: "222222222222" } });
		expect(kept).toMatchObject({ id, machineId, proxy });
		for (const what of ["containerId", "hostKey", "ports"] as const) expect(container![what]).not.toEqual(old![what]);
	});

	it("lets status_msg name the old image for a while", async () => {
		sim = await simulate({ timings: { messageLagMs: 60_000 } });
		const id = await seedRunning();
		await put(sim, "update_template", id, { id, image: V2 });
		await put(sim, "recycle", id);
		await generation(sim, id, 2);
		expect((await show(sim, id))["status_msg"]).toContain("worker_v1");
		await until(() => sim.contract(id)!.statusMessage!.includes("worker_v2"));
	});

	it("does not ask the registry again for a tag that the machine holds", async () => {
		sim = await simulate();
		moveTag(V1);
		const [one, two] = [
			await sim.seed({ image: MUTABLE, machineId: 7 }),
			await sim.seed({ image: MUTABLE, machineId: 7 }),
		];
		moveTag(V2);
		const elsewhere = await sim.seed({ image: MUTABLE, machineId: 8 });
		await put(sim, "recycle", one);
		await generation(sim, one, 2);
		const builds = [one, two, elsewhere].map((id) => sim.contract(id)!.container!.image.buildId);
		expect(builds).toEqual(["111111111111", "111111111111", "222222222222"]);
	});

	it("of a tag that is not there stays loading, is given up after seven minutes, and recovers", async () => {
		sim = await simulate({ factor: 2_000 });
		const id = await seedRunning();
		await put(sim, "update_template", id, { id, image: "registry.test/cres/worker:none" });
		const started = sim.now();
		await put(sim, "recycle", id);
		await until(() => sim.contract(id)!.statusMessage!.includes("manifest unknown"));
		expect(await show(sim, id)).toMatchObject({ actual_status: "loading", intended_status: "running", ports: null });
		await until(() => sim.contract(id)!.intended === "stopped");
		expect(sim.now() - started).toBeGreaterThanOrEqual(GIVES_UP_MS);
		expect(sim.contract(id)!.actual).toBe("loading");
		await put(sim, "update_template", id, { id, image: V2 });
		await put(sim, "recycle", id);
		await generation(sim, id, 2);
		expect(sim.contract(id)!.intended).toBe("running");
	});

	it("asked for again only restarts once more", async () => {
		sim = await simulate({ timings: USUAL_TIMINGS });
		const id = await seedRunning();
		await put(sim, "recycle", id);
		await until(() => sim.contract(id)!.actual === "recycling");
		await put(sim, "recycle", id);
		await generation(sim, id, 2);
		expect(sim.contract(id)!.container!.number).toBe(2);
	});
});

describe("stop, start and reboot", () => {
	it("keep the container, its ports and its key", async () => {
		sim = await simulate();
		const id = await seedRunning();
		const before = structuredClone(sim.contract(id)!.container);
		await call(sim, "PUT", `/api/v0/instances/${id}/`, { state: "stopped" });
		await until(() => sim.contract(id)!.actual === "stopped");
		expect(await show(sim, id)).toMatchObject({ ports: null, intended_status: "stopped", cur_state: "stopped" });
		expect(sim.pollers()).toEqual([]);
		await call(sim, "PUT", "/api/v0/instances/", { ids: [id], state: "running" });
		await until(() => sim.contract(id)!.actual === "running" && sim.pollers().length === 1);
		await put(sim, "reboot", id);
		await until(() => sim.contract(id)!.actual === "running");
		expect(sim.contract(id)!.container).toEqual(before);
	});

	it("a start may wait for its GPU for ever, and a recycle gets out of it", async () => {
		sim = await simulate();
		const id = await seedRunning();
		sim.faults.set("start-stuck", { id });
		await call(sim, "PUT", `/api/v0/instances/${id}/`, { state: "stopped" });
		await until(() => sim.contract(id)!.actual === "stopped");
		await call(sim, "PUT", `/api/v0/instances/${id}/`, { state: "running" });
		await until(() => sim.contract(id)!.cur === "scheduling");
		expect(await show(sim, id)).toMatchObject({ actual_status: "stopped", intended_status: "running" });
		await put(sim, "recycle", id);
		await generation(sim, id, 2);
	});
});

describe("a destroy", () => {
	it("leaves null, an empty list, and 404 the second time", async () => {
		sim = await simulate();
		const id = await seedRunning();
		expect((await call(sim, "DELETE", `/api/v0/instances/${id}/`, {})).body).toEqual({ success: true });
		expect((await call(sim, "GET", `/api/v0/instances/${id}/`)).body).toEqual({ instances: null });
		expect((await call(sim, "GET", "/api/v1/instances/")).body["instances"]).toEqual([]);
		const again = await call(sim, "DELETE", `/api/v0/instances/${id}/`);
		expect([again.status, again.body["error"]]).toEqual([404, "no_such_instance"]);
	});
});
