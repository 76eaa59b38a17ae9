import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectControl, type VastControl } from "../../../rehearsal/vast/control-client.ts";
import { startControl } from "../../../rehearsal/vast/control.ts";
import { faultNames } from "../../../rehearsal/vast/faults.ts";
import { startSimulator, type Simulator } from "../../../rehearsal/vast/start.ts";
import { ONSTART, V1, V2, put, simulate, until } from "./platform.ts";

let sim: Simulator;
let server: Awaited<ReturnType<typeof startControl>>;
let control: VastControl;
beforeAll(async () => {
	sim = await simulate();
	server = await startControl(sim, 0, sim.apiKey);
	control = connectControl(server.port, sim.apiKey);
});
afterAll(async () => {
	await server.close();
	await sim.close();
});

describe("the control port", () => {
	it("shows every fault, and where it is switched on", async () => {
		await control.set({ name: "stale-recycle", id: 36_700_001, times: 2 });
		await control.set({ name: "offline" });
		const faults = await control.faults();
		expect(faults.map(({ name }) => name)).toEqual(faultNames);
		expect(faults.filter(({ set }) => set.length > 0).map(({ name, set }) => [name, set])).toEqual([
			["stale-recycle", [{ name: "stale-recycle", id: 36_700_001, left: 2 }]],
			["offline", [{ name: "offline", left: null }]],
		]);
		await control.clear("offline");
		expect(sim.faults.list()).toHaveLength(1);
		await control.clear();
		expect(sim.faults.list()).toEqual([]);
	});

	it("refuses a fault that there is not", async () => {
		await expect(control.set({ name: "gremlins" })).rejects.toMatchObject({ code: "fault_unknown", exit: "usage" });
	});

	it("rents and shows contracts, without what is secret", async () => {
		const env = { TOKEN: "sentinel" };
		const id = await control.seed({ image: V1, env, label: "cres/test/one", login: "-u a -p sentinel registry.test" });
		const [contract] = await control.contracts();
		expect(contract).toMatchObject({ id, label: "cres/test/one", actual: "running", image: V1, generation: 1 });
		expect(JSON.stringify(contract)).not.toContain("sentinel");
		expect(sim.contract(id)!.configured.env).toEqual(env);
		for (const text of ["one", String(id)]) expect(await control.contractOf(text)).toBe(id);
		const hint = expect.stringContaining(`one (${id})`);
		await expect(control.contractOf("two")).rejects.toMatchObject({ code: "unknown_instance", exit: "usage", hint });
		await expect(control.seed({ image: "registry.test/none:1" })).rejects.toMatchObject({ code: "rehearsal_refused" });
		expect(await control.offer({ gpus: 2 })).toBe(sim.offers.list()[0]!.id);
	});

	const attack = async (headers: Record<string, string>, method = "POST") => {
		const before = sim.offers.list().length;
		const url = `http://127.0.0.1:${server.port}/offers`;
		const { status } = await fetch(url, { method, headers, ...(method === "POST" && { body: "{}" }) });
		expect(sim.offers.list()).toHaveLength(before);
		return status;
	};

	it("A18: does nothing for a web page, nor without the token, nor for a body of another type", async () => {
		const json = { "content-type": "application/json" };
		const authorization = `Bearer ${sim.apiKey}`;
		expect(await attack({ "content-type": "text/plain" })).toBe(401);
		expect(await attack({ ...json, authorization: "Bearer other" })).toBe(401);
		expect(await attack({ "content-type": "text/plain", authorization })).toBe(415);
		expect(await attack({ ...json, authorization, origin: "https://evil.test" })).toBe(403);
		expect(await attack({}, "GET")).toBe(401);
		await expect(connectControl(server.port, "other").contracts()).rejects.toMatchObject({ code: "rehearsal_refused" });
	});

	it("says what to type when nothing answers", async () => {
		const nobody = connectControl(1, "token");
		await expect(nobody.contracts()).rejects.toMatchObject({ code: "rehearsal_down", hint: "cres rehearse up" });
	});
});

describe("what a simulator holds", () => {
	it("is taken over by another one: configuration, numbers, offers, proxies", async () => {
		const digest = { digest: `sha256:${"1".repeat(64)}`, buildId: "111111111111" };
		const first = await simulate();
		const id = await first.seed({ image: V1, onstart: ONSTART, label: "cres/test/kept" });
		await put(first, "update_template", id, { id, image: V2 });
		const offer = first.offers.add();
		const snapshot = JSON.parse(JSON.stringify(first.simulation.snapshot())) as ReturnType<
			typeof first.simulation.snapshot
		>;
		await first.close();
		const second = await startSimulator({ backing: { kind: "state", resolve: () => digest }, factor: 500 });
		await second.simulation.restore(snapshot);
		await until(() => second.contract(id)!.generations === 2);
		expect(second.contract(id)).toMatchObject({ label: "cres/test/kept", configured: { image: V2 } });
		expect(second.contract(id)!.proxy).toEqual(snapshot.contracts[0]!.proxy);
		expect(second.offers.list()).toEqual([offer]);
		expect(await second.seed({ image: V1 })).toBe(id + 1);
		await second.close();
	});
});
