import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "../../../rehearsal/vast/start.ts";
import { V1, call, simulate } from "./platform.ts";

let sim: Simulator;
const ids: number[] = [];
beforeAll(async () => {
	sim = await simulate();
	for (let at = 0; at < 26; at++)
		ids.push(await sim.seed({ image: V1, label: `cres/test/${at % 2 ? "odd" : "even"}` }));
});
afterAll(() => sim.close());

interface Page {
	instances: Record<string, unknown>[];
	next_token: string | null;
	instances_found: number;
	total_instances: number;
	label_counts: Record<string, number>;
}

async function page(query: Record<string, unknown> = {}): Promise<Page> {
	const parameters = new URLSearchParams();
	for (const [name, value] of Object.entries(query))
		parameters.set(name, typeof value === "string" ? value : JSON.stringify(value));
	const { status, body } = await call(sim, "GET", `/api/v1/instances/?${parameters.toString()}`);
	expect(status, JSON.stringify(body)).toBe(200);
	return body as unknown as Page;
}

const idsOf = ({ instances }: Page): unknown[] => instances.map(({ id }) => id);

describe("the list of instances", () => {
	it("has no more than 25 on a page, whatever is asked for", async () => {
		const first = await page({ limit: 1000 });
		expect([first.instances.length, first.instances_found, first.total_instances]).toEqual([25, 25, 26]);
		const second = await page({ limit: 1000, after_token: first.next_token });
		expect([...idsOf(first), ...idsOf(second)]).toEqual(ids);
		expect(second.next_token).toBeNull();
	});

	it("takes a limit of nothing for five", async () => {
		expect((await page({ limit: 0 })).instances).toHaveLength(5);
		expect((await page({ limit: -3 })).instances).toHaveLength(5);
		expect((await page()).instances).toHaveLength(25);
	});

	it("filters by stored columns", async () => {
		const three = ids.slice(3, 6);
		expect(idsOf(await page({ select_filters: { id: { in: three } } }))).toEqual(three);
		const odd = await page({ select_filters: { label: { eq: "cres/test/odd" }, actual_status: { neq: "loading" } } });
		expect([odd.total_instances, odd.label_counts]).toEqual([13, { "cres/test/odd": 13 }]);
		expect((await page({ select_filters: { gpu_name: { notin: ["RTX 4090"] } } })).total_instances).toBe(0);
		expect(idsOf(await page({ select_filters: { id: { gt: ids[20], lte: ids[22] } } }))).toEqual(ids.slice(21, 23));
	});

	it("orders, pages in that order, and shows chosen columns", async () => {
		const order = { order_by: [{ col: "id", dir: "desc" }], select_cols: ["id", "label"], limit: 20 };
		const first = await page(order);
		const second = await page({ ...order, after_token: first.next_token });
		expect([...idsOf(first), ...idsOf(second)]).toEqual(ids.toReversed());
		expect(second.instances.at(-1)).toEqual({ id: ids[0], label: "cres/test/even" });
	});

	it.each([
		["a computed column", `select_filters=${encodeURIComponent('{"num_gpus":{"eq":1}}')}`, "invalid_request"],
		["an order by one", `order_by=${encodeURIComponent('[{"col":"dph_total","dir":"asc"}]')}`, "invalid_request"],
		["an unknown comparison", `select_filters=${encodeURIComponent('{"id":{"like":1}}')}`, "invalid_request"],
		["text that is no JSON", "select_filters=label", "invalid_request"],
		["an unknown parameter", "owner=me", "invalid_request"],
		["a token of nowhere", "after_token=bm90aGluZw", "invalid_token"],
	])("refuses %s", async (_, query, error) => {
		const { status, body } = await call(sim, "GET", `/api/v1/instances/?${query}`);
		expect([status, body["success"], body["error"]]).toEqual([400, false, error]);
	});

	it("has the old form too, all on one page", async () => {
		const { body } = await call(sim, "GET", "/api/v0/instances/?owner=me");
		expect([body["instances_found"], (body["instances"] as unknown[]).length]).toEqual([26, 26]);
	});
});
