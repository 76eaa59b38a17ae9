import { afterEach, describe, expect, it } from "vitest";
import { FAULTS, createFaults, faultNames } from "../../../rehearsal/vast/faults.ts";
import type { Simulator } from "../../../rehearsal/vast/start.ts";
import { FAULT_MS } from "../../../rehearsal/vast/timings.ts";
import { ONSTART, V1, V2, call, generation, put, show, simulate, until, watch } from "./platform.ts";

let sim: Simulator;
afterEach(() => sim.close());

const started = async (options?: Parameters<typeof simulate>[0]): Promise<number> => {
	sim = await simulate(options);
	return sim.seed({ image: V1, onstart: ONSTART, env: { WORKER_INSTANCE_NAME: "gpu-1", WORKER_MODE: "both" } });
};

describe("the switches", () => {
	it("are addressed by contract and route, and count", async () => {
		await started();
		const faults = createFaults();
		faults.set("unavailable", { route: "show", times: 2 });
		faults.set("flap", { id: 7 });
		faults.set("offline");
		expect(faults.take("unavailable", { route: "list" })).toBe(false);
		expect([1, 2, 3].map(() => faults.take("unavailable", { route: "show", id: 1 }))).toEqual([true, true, false]);
		expect([8, 7, 7].map((id) => faults.take("flap", { id }))).toEqual([false, true, false]);
		expect([1, 2, 3].map((id) => faults.take("offline", { id }))).toEqual([true, true, true]);
		expect(faults.list()).toEqual([{ name: "offline", left: null }]);
		faults.set("bad-tag", { times: null });
		expect([1, 2, 3].map(() => faults.take("bad-tag", {}))).toEqual([true, true, true]);
		faults.clear();
		expect(faults.take("offline", {})).toBe(false);
	});

	it("say of each what it means", async () => {
		await started();
		expect(new Set(faultNames.map((name) => FAULTS[name].meaning)).size).toBe(faultNames.length);
	});
});

describe("HTTP", () => {
	it.each([
		["rate-limited", 429, "API requests too frequent: endpoint threshold=1.0"],
		["bad-gateway", 502, "502 Bad Gateway"],
		["unavailable", 503, "503 Service Unavailable"],
		["html-body", 200, "Just a moment..."],
		["success-false", 200, '"success":false'],
		["redirected", 301, ""],
	] as const)("%s: %i, nothing is done, and the next call goes through", async (name, status, text) => {
		const id = await started();
		sim.faults.set(name, { route: "update-template" });
		const first = await put(sim, "update_template", id, { id, image: V2 });
		expect([first.status, first.text]).toEqual([status, expect.stringContaining(text) as string]);
		expect(sim.contract(id)!.configured.image).toBe(V1);
		expect((await put(sim, "update_template", id, { id, image: V2 })).body["success"]).toBe(true);
	});

	it.each([
		["reply-lost-before", V1],
		["reply-lost-after", V2],
	] as const)("%s: no reply, and %s is configured", async (name, image) => {
		const id = await started();
		sim.faults.set(name, { id });
		await expect(put(sim, "update_template", id, { id, image: V2 })).rejects.toThrow("fetch failed");
		expect(sim.contract(id)!.configured.image).toBe(image);
		expect(sim.requests.at(-1)).toMatchObject({ route: "update-template", status: 0 });
	});
});

describe("the object's shape", () => {
	it.each([
		["no-ssh-host", { ssh_host: null }],
		["ip-whitespace", { public_ipaddr: "127.0.0.1 \n" }],
		["unknown-status", { actual_status: "hibernating" }],
		["direct-ports-unset", { direct_port_start: -1, direct_port_end: -1 }],
		["offline", { actual_status: "offline" }],
		["unknown", { actual_status: "unknown" }],
		["small-disk", { disk_space: 20 }],
	] as const)("%s stands until it is cleared", async (name, shape) => {
		const id = await started();
		const before = await show(sim, id);
		sim.faults.set(name, { id });
		expect(await show(sim, id)).toEqual({ ...before, ...shape });
		const { body } = await call(sim, "GET", "/api/v1/instances/");
		expect(body["instances"]).toEqual([{ ...before, ...shape }]);
		sim.faults.clear(name);
		expect(await show(sim, id)).toEqual(before);
	});

	it("ports may be in the list only", async () => {
		const id = await started();
		sim.faults.set("ports-only-in-list");
		expect(await show(sim, id)).not.toHaveProperty("ports");
		const { body } = await call(sim, "GET", "/api/v1/instances/");
		expect((body["instances"] as object[])[0]).toHaveProperty("ports.22/tcp");
	});

	it("instances may be an array", async () => {
		const id = await started();
		sim.faults.set("instances-array");
		const { body } = await call(sim, "GET", `/api/v0/instances/${id}/`);
		expect(body["instances"]).toMatchObject([{ id }]);
	});
});

describe("a roll", () => {
	const recycled = async (id: number, image = V2): Promise<void> => {
		await put(sim, "update_template", id, { id, image });
		await put(sim, "recycle", id);
	};
	const statesOf = (id: number, check: () => boolean) => watch(() => sim.contract(id)!.actual, check);

	it("boots the old image the first time, the new one the second", async () => {
		const id = await started();
		sim.faults.set("stale-recycle");
		await recycled(id);
		await generation(sim, id, 2);
		expect(sim.contract(id)!.container!.image.reference).toBe(V1);
		await put(sim, "recycle", id);
		await generation(sim, id, 3);
		expect(sim.contract(id)!.container!.image.reference).toBe(V2);
	});

	it("says running with the old ports after the 200", async () => {
		const id = await started();
		sim.faults.set("old-ports");
		const { ports } = await show(sim, id);
		await recycled(id);
		const asked = sim.now();
		expect(await show(sim, id)).toMatchObject({ actual_status: "running", ports });
		await generation(sim, id, 2);
		expect(sim.now() - asked).toBeGreaterThanOrEqual(FAULT_MS.oldPorts);
		expect((await show(sim, id))["ports"]).not.toEqual(ports);
	});

	it("flaps", async () => {
		const id = await started();
		sim.faults.set("flap");
		await recycled(id);
		await until(() => sim.contract(id)!.generations === 2);
		const count = { running: 0 };
		const states = await statesOf(id, () => sim.contract(id)!.actual === "running" && ++count.running > 40);
		expect(states).toEqual(["running", "loading", "running"]);
	});

	it.each([
		["bad-tag", "loading", "manifest unknown"],
		["bad-login", "loading", "unauthorized: authentication required"],
		["disk-full", "loading", "no space left on device"],
		["oci-failure", "created", "OCI runtime create failed"],
		["outbid", "stopped", "outbid"],
	] as const)("%s: ends in %s", async (name, actual, text) => {
		const id = await started();
		sim.faults.set(name);
		await recycled(id);
		await until(() => sim.contract(id)!.statusMessage!.includes(text));
		expect(sim.contract(id)).toMatchObject({ actual, container: null });
		expect(await show(sim, id)).toMatchObject({ ports: null });
		await put(sim, "recycle", id);
		await generation(sim, id, 2);
	});

	it("intended-stopped: loading while stopped is intended", async () => {
		const id = await started();
		sim.faults.set("intended-stopped");
		await recycled(id);
		await until(() => sim.contract(id)!.intended === "stopped");
		expect(sim.contract(id)!.actual).toBe("loading");
	});

	it("offline-in-roll: offline for a while, then it goes on", async () => {
		const id = await started();
		sim.faults.set("offline-in-roll");
		await recycled(id);
		expect(await statesOf(id, () => sim.contract(id)!.generations === 2)).toContain("offline");
		expect(sim.contract(id)!.actual).toBe("running");
	});

	it("crash-loop: running, and nobody polls", async () => {
		const id = await started();
		expect(sim.pollers()).toMatchObject([{ instance: "gpu-1", buildId: "111111111111", roles: ["cpu", "gpu"] }]);
		sim.faults.set("crash-loop");
		await recycled(id);
		await generation(sim, id, 2);
		expect(sim.pollers()).toEqual([]);
	});

	it("wrong-build: the app polls as something else", async () => {
		const id = await started();
		sim.faults.set("wrong-build");
		await recycled(id);
		await generation(sim, id, 2);
		expect(sim.pollers()).toMatchObject([{ buildId: "0badc0de0bad" }]);
	});
});

describe("the market", () => {
	const create = () => call(sim, "PUT", `/api/v0/asks/${sim.offers.add().id}/`, { client_id: "me", image: V1 });

	it("offer-gone: another tenant was faster", async () => {
		await started();
		sim.faults.set("offer-gone");
		expect((await create()).body).toMatchObject({ success: false, error: "no_such_ask" });
		expect(sim.offers.list()).toEqual([]);
	});

	it("create-half-made: a failure that still made a contract", async () => {
		await started();
		sim.faults.set("create-half-made");
		const { status, body } = await create();
		expect([status, body["success"]]).toEqual([400, false]);
		expect(sim.contract(body["new_contract"] as number)).toMatchObject({ actual: null, container: null });
	});

	it("shows offers that pass the comparisons, the cheapest first", async () => {
		await started();
		const [dear, cheap] = [sim.offers.add({ dph: 0.9 }), sim.offers.add({ dph: 0.3 })];
		sim.offers.add({ gpuName: "H100" });
		sim.offers.add({ type: "bid" });
		const search = (body: object) => call(sim, "POST", "/api/v0/bundles/", body);
		const { body } = await search({ gpu_name: { eq: "RTX 4090" }, rentable: { eq: true }, limit: 5 });
		expect((body["offers"] as { id: number }[]).map(({ id }) => id)).toEqual([cheap.id, dear.id]);
		expect((await search({ rentable: true })).body).toMatchObject({ success: false, error: "invalid_args" });
		expect((await search({ allocated_storage: 500 })).body["offers"]).toEqual([]);
	});
});
