import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "../../../rehearsal/vast/start.ts";
import { V1, call, put, show, simulate } from "./platform.ts";

let sim: Simulator;
let id: number;
beforeAll(async () => {
	sim = await simulate();
	id = await sim.seed({ image: V1, env: { "-p 8080:8080": "1", APP: "on" }, label: "cres/test/one" });
});
afterAll(() => sim.close());

describe("the wire", () => {
	it("asks for the key in the header, and nowhere else", async () => {
		const without = await fetch(`${sim.url}/api/v0/instances/${id}/?api_key=${sim.apiKey}`);
		expect(without.status).toBe(401);
		expect(await without.json()).toEqual({ success: false, error: "auth_error", msg: "Invalid user key" });
		expect((await call({ ...sim, apiKey: "another" }, "GET", "/api/v0/users/current/")).status).toBe(401);
		expect((await call(sim, "GET", "/api/v0/users/current/")).body).toMatchObject({ id: 4711 });
	});

	it.each([
		["GET", "/api/v0/ssh/"],
		["POST", "/api/v0/template/"],
		["GET", "/api/v0/secrets/"],
		["POST", "/api/v0/instances/1/"],
		["GET", "/api/v0/instances/nonsense/"],
		["GET", "/"],
	])("has no %s %s", async (method, path) => {
		expect((await call(sim, method, path)).status).toBe(404);
	});

	it("answers 301 to a path without its last slash", async () => {
		const { status, headers } = await call(sim, "PUT", `/api/v0/instances/recycle/${id}`, {});
		expect([status, headers.get("location")]).toEqual([301, `/api/v0/instances/recycle/${id}/`]);
		expect((await call(sim, "GET", "/api/v1/instances?limit=1")).headers.get("location")).toBe(
			"/api/v1/instances/?limit=1",
		);
		expect(sim.contract(id)!.generations).toBe(1);
	});

	it("shows one object under a plural key, and null for what is gone", async () => {
		const { status, body } = await call(sim, "GET", `/api/v0/instances/${id}/?owner=me`);
		expect([status, (body["instances"] as { id: number }).id]).toEqual([200, id]);
		const gone = await call(sim, "GET", "/api/v0/instances/1/");
		expect([gone.status, gone.body]).toEqual([200, { instances: null }]);
	});

	it("maps a port in two rows with a string, beside an ssh_port that is a number", async () => {
		const { ports, ssh_port, direct_port_start, direct_port_end } = await show(sim, id);
		const rows = Object.entries(ports as Record<string, { HostIp: string; HostPort: string }[]>);
		expect(rows.map(([name]) => name)).toEqual(["22/tcp", "8080/tcp"]);
		for (const [name, row] of rows) {
			const HostPort = String(sim.contract(id)!.container!.ports[name]);
			expect(row).toEqual([
				{ HostIp: "0.0.0.0", HostPort },
				{ HostIp: "::", HostPort },
			]);
		}
		expect(ssh_port).toBe(sim.contract(id)!.proxy.port);
		const numbers = Object.values(sim.contract(id)!.container!.ports);
		expect([direct_port_start, direct_port_end]).toEqual([Math.min(...numbers), Math.max(...numbers)]);
	});

	it("gives the environment back as pairs, flags among them", async () => {
		expect(await show(sim, id)).toMatchObject({
			extra_env: [
				["-p 8080:8080", "1"],
				["APP", "on"],
			],
			image_uuid: V1,
			image_runtype: "ssh ssh_direc ssh_proxy",
			status_msg: "success, running registry.test/cres/worker_v1/ssh",
			disk_space: 40,
		});
	});

	it("names a jupyter contract's proxy port one too low", async () => {
		const notebook = await sim.seed({ image: V1, runtype: "jupyter_direc ssh_direc ssh_proxy" });
		expect((await show(sim, notebook))["ssh_port"]).toBe(sim.contract(notebook)!.proxy.port - 1);
	});

	it("maps no ssh port where the run type is not direct, and none at all for args", async () => {
		const proxied = await sim.seed({ image: V1, runtype: "ssh_proxy" });
		const bare = await sim.seed({ image: V1, runtype: "args" });
		expect((await show(sim, proxied))["ports"]).toEqual({});
		expect(await show(sim, bare)).toMatchObject({ ports: {}, ssh_host: null, ssh_port: null });
	});

	it("tells the real number of a port above 70000 by the environment", async () => {
		const mapped = await sim.seed({ image: V1, env: { "-p 72300:72300": "1", "-p 70001:70001/udp": "1" } });
		const { ports } = sim.contract(mapped)!.container!;
		const [, tcp, udp] = Object.keys(ports);
		expect([tcp, udp]).toEqual([`${ports[tcp!]}/tcp`, `${ports[udp!]}/udp`]);
	});

	it.each([
		["recycle", {}],
		["reboot", {}],
		["request_logs", { tail: "1" }],
		["update_template", { id: 1, image: V1 }],
	])("refuses %s of what is not there", async (verb, body) => {
		const { status, body: said } = await put(sim, verb, 1, body);
		const expected = verb === "recycle" ? [400, "invalid_id"] : [404, "no_such_instance"];
		expect([status, said["error"], said["success"]]).toEqual([...expected, false]);
	});

	it("keeps what it was asked, without what is secret", async () => {
		const { requests } = sim;
		const before = requests.length;
		const env = { TOKEN: "sentinel-1", "-p 8080:8080": "1" };
		const offer = sim.offers.add();
		const body = { client_id: "me", image: V1, env, image_login: "-u a -p sentinel-2 registry.test" };
		await call(sim, "PUT", `/api/v0/asks/${offer.id}/`, body);
		await call(sim, "PUT", `/api/v0/instances/${id}/`, { label: "cres/test/one" });
		const [created, labelled] = requests.slice(before);
		expect(created).toMatchObject({
			...{ method: "PUT", path: `/api/v0/asks/${offer.id}/`, route: "create", status: 200 },
			body: {
				image: V1,
				env: { TOKEN: "[redacted]", "-p 8080:8080": "[redacted]" },
				image_login: "[redacted]",
			},
		});
		expect(labelled!.body).toEqual({ label: "cres/test/one" });
		expect(labelled!.at).toBeGreaterThan(created!.at);
		expect(JSON.stringify(requests)).not.toContain("sentinel");
		expect(JSON.stringify(requests)).not.toContain(sim.apiKey);
	});
});
