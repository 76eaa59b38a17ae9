import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { pauseAfter, type CallRecord } from "../../src/vast/caller.ts";
import { systemClock } from "../../src/system/clock.ts";
import type { Vast } from "../../src/vast/vast.ts";
import {
	TOO_EARLY,
	clientOf,
	cut,
	errorOf,
	json,
	plain,
	rawContract,
	silent,
	startPlatform,
	type Act,
	type Platform,
} from "./platform.ts";

let platform: Platform;
let vast: Vast;
let records: CallRecord[];
beforeEach(async () => {
	platform = await startPlatform();
	records = [];
	vast = clientOf(platform, { onCall: (record) => records.push(record) });
});
afterEach(() => platform.close());

const found = json({ instances: rawContract(7) });
const done = json({ success: true });
const gateway = plain("<html>bad gateway", 502);
const half: Act = (_request, response) =>
	void response.writeHead(200, { "content-length": "999" }).write("{", () => response.destroy());
const PASSING: readonly [string, Act][] = [
	["429 in plain text", TOO_EARLY],
	["429 in an envelope", json({ success: false, error: "rate_limit_exceeded" }, 429)],
	["429 with success: false in a 200", json({ success: false, error: "rate_limit_exceeded" })],
	["502", gateway],
	["503", plain("", 503)],
	["504", plain("", 504)],
	["a page instead of JSON", plain("<!doctype html><p>soon back")],
	["a cut connection", cut],
	["half an answer", half],
];

describe("a read", () => {
	it.each(PASSING)("is made again after %s", async (_case, act) => {
		platform.next(act, found);
		expect(await vast.contract(7)).toMatchObject({ id: 7 });
		expect(platform.calls()).toHaveLength(2);
	});

	it.each<[string, Act, string]>([
		["429", TOO_EARLY, "vast_rate_limited"],
		["502", gateway, "vast_unreachable"],
		["a cut connection", cut, "vast_unreachable"],
		["a page", plain("<p>"), "vast_unreadable"],
	])("gives up after six times %s", async (_case, act, code) => {
		platform.next(act);
		expect(await errorOf(vast.contract(7))).toMatchObject({ code, exit: code.includes("rate") ? "busy" : "failed" });
		expect(platform.calls()).toHaveLength(6);
		const pauses = records.map(({ againInMs }) => againInMs);
		expect(pauses.map((ms) => ms && Math.floor(ms / 2_000) * 2)).toEqual([2, 4, 8, 16, 30, undefined]);
	});

	it("is not made again after an error of the platform itself", async () => {
		platform.next(plain("Internal Server Error", 500));
		expect(await errorOf(vast.contract(7))).toMatchObject({
			code: "vast_unreachable",
			message: "Vast does not answer GET /api/v0/instances/7/ (HTTP 500): Internal Server Error",
		});
		expect(platform.calls()).toHaveLength(1);
	});

	it("waits as long as the platform asks, and not at all for an hour", async () => {
		platform.next(plain("", 429, { "retry-after": "20" }), found);
		await vast.contract(7);
		expect(records[0]!.againInMs).toBe(20_000);
		platform.next(plain("", 429, { "retry-after": "3600" }), found);
		expect(await errorOf(vast.account())).toMatchObject({ code: "vast_rate_limited" });
	});

	it("of nobody is made again, and says so in the end", async () => {
		const server = createServer().listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		server.close();
		const lonely = clientOf(
			{ url: `http://127.0.0.1:${port}`, key: platform.key },
			{ onCall: (one) => records.push(one) },
		);
		expect(await errorOf(lonely.recycle(7))).toMatchObject({ code: "vast_unreachable" });
		expect(records.map(({ failure }) => failure)).toEqual(Array.from({ length: 6 }, () => "unsent"));
	});
});

describe("a change that may be repeated", () => {
	const CALLS: readonly [string, (vast: Vast) => Promise<unknown>][] = [
		["stage", (v) => v.stage(7, { image: "r/o/w:a" })],
		["start", (v) => v.start(7)],
		["label", (v) => v.setLabel(7, "l")],
		["attach", (v) => v.attachKey(7, "k v")],
		["destroy", (v) => v.destroy(7)],
	];

	it.each(CALLS)("%s is made again after a lost reply and a gateway's error", async (_case, call) => {
		platform.next(cut, gateway, done);
		await call(vast);
		expect(platform.calls()).toHaveLength(3);
	});

	it.each(CALLS)("%s that gets no reply at all is an open question", async (_case, call) => {
		platform.next(cut, TOO_EARLY);
		expect(await errorOf(call(vast))).toMatchObject({ code: "vast_reply_lost" });
		expect(platform.calls()).toHaveLength(6);
	});

	it("is refused, not lost, when the platform only ever said 429", async () => {
		platform.next(TOO_EARLY);
		expect(await errorOf(vast.stage(7, { image: "r/o/w:a" }))).toMatchObject({
			code: "vast_rate_limited",
			exit: "busy",
		});
	});
});

describe("a recycle", () => {
	it.each(PASSING.slice(3))("is an open question after %s, and made once", async (_case, act) => {
		platform.next(act, done);
		expect(await errorOf(vast.recycle(7))).toMatchObject({
			code: "vast_reply_lost",
			message: expect.stringMatching(/^no reply says whether Vast carried out PUT .*recycle\/7\//),
		});
		expect(platform.calls()).toHaveLength(1);
	});

	it.each(PASSING.slice(0, 3))("is made again after %s, which is a refusal", async (_case, act) => {
		platform.next(act, done);
		await vast.recycle(7);
		expect(platform.calls()).toHaveLength(2);
	});

	it("of which nothing is heard is an open question after the time-out", async () => {
		platform.next(silent);
		expect(await errorOf(clientOf(platform, { timeoutMs: 200 }).recycle(7))).toMatchObject({
			code: "vast_reply_lost",
			message: expect.stringContaining("no answer in 0.2 s"),
		});
	});
});

describe("Ctrl-C", () => {
	it.each<[string, Act, string]>([
		["a request", silent, "UserError"],
		["a pause", gateway, "AbortError"],
	])("ends %s at once", async (_case, act, name) => {
		platform.next(act);
		const ended = new AbortController();
		const slow = clientOf(platform, { clock: systemClock, signal: ended.signal });
		setTimeout(() => ended.abort(new UserError("interrupted", "interrupted")), 100);
		expect(await errorOf(slow.contract(7))).toMatchObject({ name });
		expect(platform.calls()).toHaveLength(1);
	});
});

it("pauses grow from 2 s to 30 s, and a little at random", () => {
	expect([1, 2, 3, 4, 5, 6].map((tries) => pauseAfter(tries, 0))).toEqual([
		2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
	]);
	expect(pauseAfter(1, 1)).toBe(3_500);
});
