import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import type { NewContract, Vast } from "../../src/vast/vast.ts";
import {
	TOO_EARLY,
	clientOf,
	cut,
	errorOf,
	json,
	plain,
	startPlatform,
	rawContract,
	type Act,
	type Platform,
} from "./platform.ts";

const LABEL = "cres/video/gpu-1";
const WANTED: NewContract = {
	image: "ghcr.io/o/w:sha-abc",
	diskGb: 40,
	label: LABEL,
	env: { "-p 22:22": "1", ROLE: "gpu" },
	onstart: "true",
	login: { username: "ops", password: new Secret("sentinel-token"), registry: "ghcr.io" },
};

let platform: Platform;
let vast: Vast;
beforeEach(async () => {
	platform = await startPlatform();
	vast = clientOf(platform);
});
afterEach(() => platform.close());

const list = (...ids: number[]): Act =>
	json({ instances: ids.map((id) => rawContract(id, { label: LABEL })), next_token: null });
const made = json({ success: true, new_contract: 70, instance_api_key: "sentinel-of-the-instance" });
const creates = () => platform.calls().filter((call) => call.startsWith("PUT /api/v0/asks/9/"));

describe("a new contract", () => {
	it("is asked for with everything that can never be changed again", async () => {
		platform.next(list(), made);
		expect(await vast.create(9, WANTED)).toBe(70);
		expect(platform.arrived[1]).toMatchObject({
			method: "PUT",
			path: "/api/v0/asks/9/",
			body: {
				client_id: "me",
				image: "ghcr.io/o/w:sha-abc",
				disk: 40,
				label: LABEL,
				runtype: "ssh_direc ssh_proxy",
				env: { "-p 22:22": "1", ROLE: "gpu" },
				onstart: "true",
				image_login: "-u ops -p sentinel-token ghcr.io",
				target_state: "running",
				cancel_unavail: true,
			},
		});
	});

	it("is asked for again when the platform refused it for coming too early", async () => {
		platform.next(list(), TOO_EARLY, made);
		expect(await vast.create(9, WANTED)).toBe(70);
		expect(creates()).toHaveLength(2);
	});

	it.each<[string, Act]>([
		["a cut connection", cut],
		["a gateway's error", plain("", 502)],
		["a page", plain("<p>")],
		["a reply without its number", json({ success: true })],
	])("is found by its label after %s, and not asked for twice", async (_case, act) => {
		platform.next(list(12), act, list(12), list(12, 71));
		expect(await vast.create(9, WANTED)).toBe(71);
		expect(creates()).toHaveLength(1);
	});

	it("that is nowhere after a lost reply is an open question, and not asked for twice", async () => {
		platform.next(list(), cut, list());
		expect(await errorOf(vast.create(9, WANTED))).toMatchObject({
			code: "vast_reply_lost",
			message: `no reply to the creation of ${LABEL} came, and no such contract is there`,
		});
		expect(platform.calls().slice(1)).toEqual([
			"PUT /api/v0/asks/9/",
			...Array.from({ length: 4 }, () => "GET /api/v1/instances/"),
		]);
	});

	it("that is there several times after a lost reply is named", async () => {
		platform.next(list(), cut, list(71, 72));
		expect(await errorOf(vast.create(9, WANTED))).toMatchObject({
			code: "vast_reply_lost",
			message: expect.stringContaining("71, 72"),
		});
	});

	it.each([
		["404 no_such_ask", json({ success: false, error: "no_such_ask", msg: "taken" }, 404)],
		["404 as text", plain("error 404/3603: no_such_ask Instance type by id 9 is not available.", 404)],
		["410", json({ success: false }, 410)],
	])("is not to be had from an offer that is gone (%s)", async (_case, act) => {
		platform.next(list(), act);
		expect(await errorOf(vast.create(9, WANTED))).toMatchObject({ code: "vast_offer_gone", exit: "busy" });
	});
});

describe("a contract that a failed creation left behind", () => {
	const half = json({ success: false, error: "no_such_ask", new_contract: 70 }, 410);

	it("is destroyed", async () => {
		platform.next(list(), half, json({ success: true }));
		expect(await errorOf(vast.create(9, WANTED))).toMatchObject({ code: "vast_offer_gone" });
		expect(platform.calls().at(-1)).toBe("DELETE /api/v0/instances/70/");
	});

	it("is named when it cannot be destroyed", async () => {
		platform.next(list(), half, json({ success: false, error: "busy" }, 409));
		expect(await errorOf(vast.create(9, WANTED))).toMatchObject({
			code: "vast_offer_gone",
			message: expect.stringContaining("contract 70 is left over"),
			hint: "destroy contract 70 at Vast: it costs money",
		});
	});
});

it("a login with blanks is refused before anything is asked, and not shown", async () => {
	const login = { username: "ops", password: new Secret("two words"), registry: "ghcr.io" };
	const error = await errorOf(vast.create(9, { ...WANTED, login }));
	expect(error).toMatchObject({ code: "vast_login_malformed", exit: "usage" });
	expect((error as Error).message).not.toContain("two words");
	expect(platform.arrived).toEqual([]);
});
