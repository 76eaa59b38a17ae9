import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import type { Vast } from "../../src/vast/vast.ts";
import { clientOf, errorOf, json, plain, rawContract, startPlatform, type Act, type Platform } from "./platform.ts";

let platform: Platform;
let vast: Vast;
beforeEach(async () => {
	platform = await startPlatform();
	vast = clientOf(platform);
});
afterEach(() => platform.close());

const SHARED = { method: "GET", path: "/api/v1/instances/" };

describe("a call", () => {
	it.each<[string, (vast: Vast) => Promise<unknown>, object, unknown]>([
		[
			"stages an image alone",
			(v) => v.stage(7, { image: "r/o/w:a" }),
			put("update_template/7"),
			{ id: 7, image: "r/o/w:a" },
		],
		[
			"stages with environment and on-start",
			(v) => v.stage(7, { image: "r/o/w:a", env: { A: "b" }, onstart: "x" }),
			put("update_template/7"),
			{ id: 7, image: "r/o/w:a", env: { A: "b" }, onstart: "x" },
		],
		["recycles", (v) => v.recycle(7), put("recycle/7"), {}],
		["starts", (v) => v.start(7), put("7"), { state: "running" }],
		["labels", (v) => v.setLabel(7, "cres/a/b"), put("7"), { label: "cres/a/b" }],
		["destroys", (v) => v.destroy(7), { method: "DELETE", path: "/api/v0/instances/7/" }, {}],
		[
			"attaches a key",
			(v) => v.attachKey(7, "ssh-ed25519 AAAA me"),
			{ method: "POST", path: "/api/v0/instances/7/ssh/" },
			{ ssh_key: "ssh-ed25519 AAAA me" },
		],
	])("%s with one request that ends in a slash and carries the key in its header", async (_case, call, where, body) => {
		await call(vast);
		expect(platform.arrived).toEqual([
			expect.objectContaining({ ...where, body, query: {}, authorization: `Bearer ${platform.key.reveal()}` }),
		]);
	});

	it("reads the account", async () => {
		platform.next(json({ id: 42, email: "ops@example.com" }));
		expect(await vast.account()).toEqual({ id: 42 });
		expect(platform.calls()).toEqual(["GET /api/v0/users/current/"]);
	});
});

describe("one contract", () => {
	it.each<[string, Act]>([
		["null", json({ instances: null })],
		["404 no_such_instance", json({ success: false, error: "no_such_instance", msg: "no such" }, 404)],
		["404 not_found", json({ success: false, error: "not_found" }, 404)],
		["200 with success: false", json({ success: false, error: "no_such_instance" })],
	])("is gone by %s", async (_case, act) => {
		platform.next(act);
		expect(await vast.contract(7)).toBeUndefined();
	});

	it("is not gone because some server on the way knows no such page", async () => {
		platform.next(plain("404 page not found", 404));
		expect(await errorOf(vast.contract(7))).toMatchObject({ code: "vast_refused" });
	});

	it("is never another one", async () => {
		platform.next(json({ instances: rawContract(8) }));
		expect(await errorOf(vast.contract(7))).toMatchObject({ code: "vast_unreadable" });
	});
});

describe("the list", () => {
	it("is read to its last page, each contract once", async () => {
		const page = (from: number, to: number, next_token: string | null) =>
			json({ instances: Array.from({ length: to - from }, (_, at) => rawContract(from + at)), next_token });
		platform.next(page(1, 26, "t1"), page(25, 40, "t2"), page(40, 41, null));
		const contracts = await vast.contracts();
		expect(contracts.map(({ id }) => id)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
		const fixed = { limit: "25", order_by: '[{"col":"id","dir":"asc"}]' };
		expect(platform.arrived.map(({ query }) => query)).toEqual([
			fixed,
			{ ...fixed, after_token: "t1" },
			{ ...fixed, after_token: "t2" },
		]);
	});

	it("of some is asked for by 25 numbers at a time, and of none not at all", async () => {
		platform.next(json({ instances: [], next_token: null }));
		expect(await vast.contracts({ ids: [] })).toEqual([]);
		await vast.contracts({ ids: Array.from({ length: 26 }, (_, at) => at + 1), label: "cres/a/b" });
		expect(platform.arrived.map(({ query }) => JSON.parse(query["select_filters"]!))).toEqual([
			{ label: { eq: "cres/a/b" }, id: { in: Array.from({ length: 25 }, (_, at) => at + 1) } },
			{ label: { eq: "cres/a/b" }, id: { in: [26] } },
		]);
		expect(platform.arrived).toEqual([expect.objectContaining(SHARED), expect.objectContaining(SHARED)]);
	});
});

describe("a key", () => {
	const already = json({ success: false, error: "invalid_args", msg: "already associated" }, 400);

	it("that is attached already is no error, by what the list says", async () => {
		platform.next(
			already,
			json({ success: true, ssh_keys: '[{"id":1,"public_key":"ssh-ed25519 AAAA other comment"}]' }),
		);
		await vast.attachKey(7, "ssh-ed25519 AAAA me");
		expect(platform.calls()).toEqual(["POST /api/v0/instances/7/ssh/", "GET /api/v0/instances/7/ssh/"]);
	});

	it("that is refused and not attached is an error", async () => {
		platform.next(already, json({ success: true, ssh_keys: "[]" }));
		expect(await errorOf(vast.attachKey(7, "ssh-ed25519 AAAA me"))).toMatchObject({ code: "vast_refused" });
	});
});

describe("destroying", () => {
	it("what is gone is done", async () => {
		platform.next(json({ success: false, error: "no_such_instance", msg: "gone" }, 404));
		await vast.destroy(7);
		expect(platform.calls()).toEqual(["DELETE /api/v0/instances/7/"]);
	});
});

describe("the search for offers", () => {
	it("asks for verified machines with open ports and a disk, the cheapest first", async () => {
		const offer = { id: 9, machine_id: 3, gpu_name: "RTX 4090", num_gpus: 2, disk_space: 80, dph_total: 0.4 };
		platform.next(json({ offers: [{ ...offer, direct_port_count: 12 }] }));
		const query = { gpuName: "RTX 4090", minimumGpus: 1, minimumCuda: 12.4, diskGb: 40, maximumDph: 0.5, limit: 5 };
		expect(await vast.offers(query)).toEqual([
			{ id: 9, machineId: 3, gpuName: "RTX 4090", gpus: 2, diskGb: 80, dphTotal: 0.4, directPorts: 12 },
		]);
		expect(platform.arrived[0]).toMatchObject({ method: "POST", path: "/api/v0/bundles/" });
		expect(platform.arrived[0]!.body).toEqual({
			verified: { eq: true },
			rentable: { eq: true },
			rented: { eq: false },
			external: { eq: false },
			direct_port_count: { gte: 1 },
			num_gpus: { gte: 1 },
			disk_space: { gte: 40 },
			cuda_max_good: { gte: 12.4 },
			gpu_name: { eq: "RTX 4090" },
			dph_total: { lte: 0.5 },
			order: [["dph_total", "asc"]],
			type: "on-demand",
			limit: 5,
			allocated_storage: 40,
		});
	});
});

describe("a refusal", () => {
	const envelope = (status: number, error: string) =>
		json({ success: false, error, msg: `because\n of ${error}` }, status);
	it.each<[string, Act, string, string]>([
		["401", plain("no", 401), "vast_unauthorized", "Vast does not accept the key (HTTP 401): no"],
		[
			"403",
			envelope(403, "forbidden"),
			"vast_forbidden",
			"the key may not do PUT /api/v0/instances/recycle/7/ (HTTP 403)",
		],
		["400", envelope(400, "invalid_id"), "vast_refused", "recycle/7/ (HTTP 400) invalid_id: because of invalid_id"],
		["404 with a text", plain("error 404/3603: no_such_instance x", 404), "vast_refused", "no_such_instance"],
		["410", json({ detail: "went away" }, 410), "vast_refused", "went away"],
		["success: false in a 200", envelope(200, "invalid_args"), "vast_refused", "(HTTP 200) invalid_args"],
	])("of %s says which call and why, and is not asked again", async (_case, act, code, message) => {
		platform.next(act);
		const error = await errorOf(vast.recycle(7));
		expect(error).toMatchObject({ code, message: expect.stringContaining(message), hint: expect.any(String) });
		expect(platform.calls()).toHaveLength(1);
	});

	it.each([
		["a key with a line break", "key-of\n-two-lines", "https://console.vast.ai", "vast_key_malformed"],
		["an address with a password", "key-of-a-test", "https://me:hidden@console.vast.ai", "vast_url_malformed"],
		["an address that is none", "key-of-a-test", "console", "vast_url_malformed"],
	])("of %s comes before the first call and shows neither", (_case, key, url, code) => {
		const open = () => clientOf({ url, key: new Secret(key) });
		expect(open).toThrow(expect.objectContaining({ code, exit: "usage" }));
		expect(open).not.toThrow(/key-of|hidden/);
	});
});

describe("the account key", () => {
	it.each<[string, Act]>([
		["a text", (request, response) => void response.writeHead(400).end(`who is ${request.authorization}?`)],
		[
			"an envelope",
			(request, response) => json({ success: false, msg: request.authorization }, 401)(request, response),
		],
		["a page", (request, response) => plain(`<html>${request.authorization}`, 403)(request, response)],
		["no answer", (_request, response) => void response.destroy()],
	])("is in no error, although the platform repeats it in %s", async (_case, act) => {
		platform.next(act);
		const error = await errorOf(vast.recycle(7));
		const everything = inspect(error, { depth: 20, showHidden: true });
		expect(everything).toContain("UserError");
		expect(everything).not.toContain(platform.key.reveal());
	});

	it("is in no record of a call", async () => {
		const records: unknown[] = [];
		await clientOf(platform, { onCall: (record) => records.push(record) }).recycle(7);
		expect(records).toEqual([
			{ method: "PUT", path: "/api/v0/instances/recycle/7/", status: 200, failure: undefined, againInMs: undefined },
		]);
	});

	it("does not follow a redirect, which is no refusal of the platform", async () => {
		platform.next((_request, response) => void response.writeHead(301, { location: `${platform.url}/else/` }).end());
		expect(await errorOf(vast.recycle(7))).toMatchObject({ code: "vast_unreachable", exit: "failed" });
		expect(platform.calls()).toEqual(["PUT /api/v0/instances/recycle/7/"]);
	});
});

function put(path: string): object {
	return { method: "PUT", path: `/api/v0/instances/${path}/` };
}

describe("T24: habits of the vast CLI", () => {
	it("a start that the platform queues is queued, any other refusal an error", async () => {
		platform.next(
			json({ success: false, msg: "Required resources are currently unavailable, state change queued." }),
			json({ success: false, msg: "no such thing" }),
			json({ success: true }),
		);
		expect(await vast.start(7)).toBe("queued");
		await expect(vast.start(7)).rejects.toMatchObject({ code: "vast_refused" });
		expect(await vast.start(7)).toBe("started");
	});

	it("the name of a GPU has blanks, as the platform has it", async () => {
		platform.next(json({ offers: [] }));
		await vast.offers({ gpuName: "RTX_PRO_6000_WS", minimumGpus: 1, diskGb: 40, limit: 5 });
		expect(platform.arrived[0]!.body).toMatchObject({ gpu_name: { eq: "RTX PRO 6000 WS" } });
	});
});

it("F78: contracts are listed by the route that is left when the old list is gone", async () => {
	const gone = json({ success: false, error: "gone", msg: "use /api/v1/instances/" }, 410);
	platform.next((request, response) => {
		const act = request.path === "/api/v1/instances/" ? json({ success: true, instances: [rawContract(7)] }) : gone;
		act(request, response);
	});
	expect((await vast.contracts()).map(({ id }) => id)).toEqual([7]);
	expect(platform.calls()).toEqual(["GET /api/v1/instances/"]);
});
