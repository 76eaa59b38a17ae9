import { describe, expect, it } from "vitest";
import { createLimiter } from "../../../rehearsal/vast/limiter.ts";
import { V1, call, simulate } from "./platform.ts";

describe("the limits", () => {
	it("are an interval for each route and identity", () => {
		const limiter = createLimiter();
		expect(limiter.refuse("show", "me", 0)).toBeUndefined();
		expect(limiter.refuse("show", "me", 1_999)).toBe(2);
		expect(limiter.refuse("show", "you", 1_999)).toBeUndefined();
		expect(limiter.refuse("recycle", "me", 1_999)).toBeUndefined();
		expect(limiter.refuse("show", "me", 2_000)).toBeUndefined();
	});

	it.each([
		["list", 1],
		["list-legacy", 1],
		["update-template", 1],
		["recycle", 1],
		["reboot", 1],
		["change", 1],
		["request-logs", 1],
		["command", 1.5],
		["ssh-attach", 1],
		["ssh-detach", 2],
		["destroy", 3],
		["create", 4.5],
		["offers", 1],
		["account", 1],
	] as const)("let %s through every %s s", (route, threshold) => {
		const limiter = createLimiter();
		limiter.refuse(route, "me", 0);
		expect(limiter.refuse(route, "me", threshold * 1000)).toBeUndefined();
		expect(limiter.refuse(route, "me", threshold * 2000 - 1)).toBe(threshold);
	});

	it("punish a create that comes too early", () => {
		const limiter = createLimiter();
		limiter.refuse("create", "me", 0);
		expect(limiter.refuse("create", "me", 4_000)).toBe(4.5);
		expect(limiter.refuse("create", "me", 15_999)).toBe(4.5);
		expect(limiter.refuse("create", "me", 27_999)).toBeUndefined();
	});

	it("are answered in plain text without Retry-After, and hold for all instances together", async () => {
		const sim = await simulate({ limits: true, factor: 1 });
		const [one, two] = [await sim.seed({ image: V1 }), await sim.seed({ image: V1 })];
		expect((await call(sim, "GET", `/api/v0/instances/${one}/`)).status).toBe(200);
		const { status, text, headers } = await call(sim, "GET", `/api/v0/instances/${two}/`);
		expect([status, text]).toEqual([429, "API requests too frequent: endpoint threshold=2.0"]);
		expect(headers.get("content-type")).toContain("text/plain");
		expect(headers.has("retry-after")).toBe(false);
		expect(sim.requests.map((request) => request.status)).toEqual([200, 429]);
		await sim.close();
	});

	it("are over sooner where time runs faster", async () => {
		const sim = await simulate({ limits: true, factor: 1000 });
		const id = await sim.seed({ image: V1 });
		for (let at = 0; at < 3; at++) {
			expect((await call(sim, "GET", `/api/v0/instances/${id}/`)).status).toBe(200);
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		await sim.close();
	});
});
