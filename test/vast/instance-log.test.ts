import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { scaledClock, systemClock } from "../../src/system/clock.ts";
import type { Vast } from "../../src/vast/vast.ts";
import { clientOf, cut, errorOf, json, plain, startPlatform, type Platform } from "./platform.ts";

/** Slow enough for thirty seconds of patience to be more than a moment. */
const clock = scaledClock(systemClock, 100);

let platform: Platform;
let vast: Vast;
beforeEach(async () => {
	platform = await startPlatform();
	vast = clientOf(platform, { clock });
});
afterEach(() => platform.close());

const there = () => json({ success: true, result_url: `${platform.url}/store/log.txt?signature=s`, msg: "soon" });

describe("the log of a contract", () => {
	it("is asked for with texts, and fetched without the key once it is there", async () => {
		platform.next(there(), plain("", 403), plain("", 404), cut, plain("one\ntwo\n"));
		expect(await vast.log(7, { tail: 500, filter: "cres-host-key" })).toBe("one\ntwo\n");
		const [asked, ...fetched] = platform.arrived;
		expect(asked).toMatchObject({
			method: "PUT",
			path: "/api/v0/instances/request_logs/7/",
			body: { tail: "500", filter: "cres-host-key" },
			authorization: `Bearer ${platform.key.reveal()}`,
		});
		expect(fetched).toHaveLength(4);
		for (const one of fetched)
			expect(one).toMatchObject({ path: "/store/log.txt", query: { signature: "s" }, authorization: undefined });
	});

	it("may be empty", async () => {
		platform.next(there(), plain(""));
		expect(await vast.log(7, { tail: 10 })).toBe("");
		expect(platform.arrived[0]!.body).toEqual({ tail: "10" });
	});

	it("that is never there is undefined after thirty seconds of the platform", async () => {
		platform.next(there(), plain("", 404));
		const started = clock.now();
		expect(await vast.log(7, { tail: 10 })).toBeUndefined();
		expect(clock.now() - started).toBeGreaterThan(30_000);
		expect(clock.now() - started).toBeLessThan(60_000);
	});

	it("is read for a megabyte and no further", async () => {
		platform.next(there(), plain("x".repeat(3_000_000)));
		expect(await vast.log(7, { tail: 10 })).toHaveLength(1_000_000);
	});

	it.each([
		["another protocol", { result_url: "file:///etc/passwd" }],
		["none", { msg: "soon" }],
	])("is not read from an address with %s", async (_case, body) => {
		platform.next(json({ success: true, ...body }));
		expect(await errorOf(vast.log(7, { tail: 10 }))).toMatchObject({ code: "vast_unreadable" });
		expect(platform.arrived).toHaveLength(1);
	});
});
