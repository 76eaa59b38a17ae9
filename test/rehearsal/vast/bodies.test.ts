import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "../../../rehearsal/vast/start.ts";
import { V1, call, put, simulate, until } from "./platform.ts";

let sim: Simulator;
let id: number;
beforeAll(async () => {
	sim = await simulate();
	id = await sim.seed({ image: V1 });
});
afterAll(() => sim.close());

const created = (more: object) =>
	call(sim, "PUT", `/api/v0/asks/${sim.offers.add().id}/`, { client_id: "me", image: V1, ...more });
const manyPorts = Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`-p ${8000 + at}:${8000 + at}`, "1"]));

describe("a body", () => {
	it.each([
		["an unknown key", { price_limit: 1 }],
		["an environment as a string", { env: "-e A=1 -p 8080:8080" }],
		["an environment as pairs", { env: [["A", "1"]] }],
		["more than 64 ports", { env: manyPorts }],
		["too large an environment", { env: { A: "x".repeat(32_768) } }],
		["an on-start of more than 4,048 characters", { onstart: "x".repeat(4_049) }],
		["on-start and arguments of more together", { onstart: "x".repeat(4_000), args: ["y".repeat(49)] }],
		["a login with blanks in a value", { image_login: "-u my name -p token registry.test" }],
		["a run type that there is not", { runtype: "ssh docker" }],
		["a label of more than 256 characters", { label: "x".repeat(257) }],
		["a virtual machine", { vm: true }],
	])("of a create with %s is refused", async (_, more) => {
		const { status, body } = await created(more);
		expect([status, body["success"], body["error"]]).toEqual([400, false, "invalid_args"]);
	});

	it.each([
		["recycle", { image: V1 }],
		["reboot", { force: true }],
		["request_logs", { tail: 100 }],
		["update_template", { image: V1 }],
		["update_template", { id: 0, image: V1, label: "x" }],
		["update_template", { id: 0, image: V1, env: "-e A=1" }],
		["command", { command: "x".repeat(513) }],
	])("of %s must be what is documented", async (verb, body) => {
		expect((await put(sim, verb, id, body)).status).toBe(400);
	});

	it("of update_template names the contract of the path", async () => {
		const { status, body } = await put(sim, "update_template", id, { id: id + 1, image: V1 });
		expect([status, body["error"]]).toEqual([400, "invalid_id"]);
	});

	it("of a change has a state or a label, not both", async () => {
		const path = `/api/v0/instances/${id}/`;
		expect((await call(sim, "PUT", path, { state: "running", label: "x" })).status).toBe(400);
		expect((await call(sim, "PUT", path, { label: "x".repeat(1_025) })).status).toBe(400);
		expect((await call(sim, "PUT", path, { label: "cres/test/renamed" })).status).toBe(200);
		expect(sim.contract(id)!.label).toBe("cres/test/renamed");
	});
});

describe("execute", () => {
	it("works on stopped instances only, and knows three commands", async () => {
		expect((await put(sim, "command", id, { command: "ls /" })).body["msg"]).toContain("use ssh");
		await call(sim, "PUT", `/api/v0/instances/${id}/`, { state: "stopped" });
		await until(() => sim.contract(id)!.actual === "stopped");
		expect((await put(sim, "command", id, { command: "docker pull x" })).status).toBe(400);
		expect((await put(sim, "command", id, { command: "ls /" })).body).toMatchObject({
			success: true,
			writeable_path: "/",
		});
	});
});
