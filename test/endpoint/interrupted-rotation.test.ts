import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onDisk, type Effects } from "../../src/endpoint/apply.ts";
import { renderRotation } from "../../src/endpoint/render.ts";
import { rotate } from "../../src/endpoint/rotate.ts";
import { recordedEndpoint } from "../../src/state/endpoints.ts";
import {
	earlier,
	everything,
	makePlace,
	openAccount,
	platformPort,
	record,
	type Account,
	type Place,
} from "./place.ts";

let account: Account;
beforeAll(async () => {
	account = await openAccount("gpu-1");
}, 30_000);
afterAll(() => account.close());

const FILES = {
	".env": "VAST_HOST=ssh5.vast.ai\nVAST_PORT=11319\n",
	".env.example": "VAST_HOST=ssh5.vast.ai\nVAST_PORT=11319\n",
	"docs/Perimeter.md":
		"## Compute endpoints\n\n| instance | host | port |\n|---|---|---|\n| gpu-1 | ssh5.vast.ai | 11319 |\n",
	"docs/PLAN.md": "# PLAN\n\n## 2026-01-02 - Rent\n",
	"run.sh": "ssh -p 11319 root@ssh5.vast.ai\n",
};
/** pending, record, copy of .env, removal of the copy before, four files, entry, removal of the pending */
const CHANGES = 10;

async function oldPlace(): Promise<Place> {
	const place = await makePlace(account, FILES);
	await place.write(".cres/cres@default/.env.bak-20250101T000000.000", "older");
	await record(place, "gpu-1", earlier(account, "gpu-1", "ssh5.vast.ai", 11_319));
	return place;
}

interface Cut {
	effects: Effects;
	/** How many changes were asked for. */
	asked: () => number;
}

/** A process that ends just before or just after its `at`-th change; none: one that goes on. */
function cutAt(at: number, when: "before" | "after"): Cut {
	let asked = 0;
	const cut =
		<A extends unknown[]>(work: (...given: A) => Promise<void>) =>
		async (...given: A): Promise<void> => {
			asked++;
			if (asked === at && when === "before") throw new Error("killed");
			await work(...given);
			if (asked === at) throw new Error("killed");
		};
	const effects = Object.fromEntries(Object.entries(onDisk).map(([name, work]) => [name, cut(work as never)]));
	return { effects: effects as unknown as Effects, asked: () => asked };
}

const run = (place: Place, effects: Effects = onDisk) =>
	rotate({ ...place.ports, effects }, "gpu-1", { dryRun: false });
const entries = async (place: Place) => (await place.read("docs/PLAN.md")).match(/^## .* - Rotate/gm)?.length ?? 0;

describe("a rotation that is cut off", () => {
	const points = Array.from({ length: CHANGES }, (_, at) => at + 1);

	it("is one of as many changes as are tried below", async () => {
		const whole = cutAt(Infinity, "before");
		expect(await run(await oldPlace(), whole.effects)).toMatchObject({ outcome: "rotated" });
		expect(whole.asked()).toBe(CHANGES);
	});

	it.each(points.flatMap((at) => [["before", at] as const, ["after", at] as const]))(
		"just %s change %i ends, run again, as if it had not been",
		async (when, at) => {
			const whole = await oldPlace();
			await run(whole);
			const place = await oldPlace();
			await expect(run(place, cutAt(at, when).effects)).rejects.toThrow("killed");
			expect(["rotated", "unchanged"]).toContain((await run(place)).outcome);
			expect(await everything(place)).toEqual(await everything(whole));
			expect(await entries(place)).toBe(1);
			expect(await run(place)).toMatchObject({ outcome: "unchanged" });
		},
	);

	it("again and again, at every change in turn, still ends so", async () => {
		const whole = await oldPlace();
		await run(whole);
		const place = await oldPlace();
		for (const at of points) await run(place, cutAt(at, "before").effects).catch(() => {});
		await run(place);
		expect(await everything(place)).toEqual(await everything(whole));
	});

	it("by a literal that somebody adds meanwhile is completed when that is gone", async () => {
		const place = await oldPlace();
		const recordEndpoint: Effects["recordEndpoint"] = async (...given) => {
			await onDisk.recordEndpoint(...given);
			await place.write("late.md", "see ssh5.vast.ai\n");
		};
		const blocked = await run(place, { ...onDisk, recordEndpoint });
		expect(blocked).toMatchObject({ outcome: "blocked", findings: [{ file: "late.md", line: 1 }] });
		expect(renderRotation(blocked)).toContain("the rotation that was begun is not complete");
		expect(await entries(place)).toBe(0);
		await place.write("late.md", "see gpu-1\n");
		expect(await run(place)).toMatchObject({ outcome: "rotated", continued: true });
		expect(await entries(place)).toBe(1);
	});

	it("says in a dry run what is left to do, and leaves it", async () => {
		const place = await oldPlace();
		await expect(run(place, cutAt(6, "before").effects)).rejects.toThrow("killed");
		const before = await everything(place);
		expect(await rotate(place.ports, "gpu-1", { dryRun: true })).toMatchObject({ outcome: "planned", continued: true });
		expect(await everything(place)).toEqual(before);
	});
});

it("a rotation that is cut off before the instance moves again goes on to where it is now, in one entry", async () => {
	const moving = await openAccount("gpu-1");
	try {
		const place = await makePlace(moving, FILES);
		await record(place, "gpu-1", earlier(moving, "gpu-1", "ssh5.vast.ai", 11_319));
		await expect(run(place, cutAt(6, "before").effects)).rejects.toThrow("killed");
		const first = platformPort(moving, "gpu-1");
		await moving.vast.recycle(moving.ids["gpu-1"]!);
		await expect
			.poll(() => moving.simulator.contract(moving.ids["gpu-1"]!)!.actual, { timeout: 5_000 })
			.toBe("running");
		const second = platformPort(moving, "gpu-1");
		expect(second).not.toBe(first);
		expect(await run(place)).toMatchObject({ outcome: "rotated", continued: true });
		const files = Object.entries(await everything(place)).filter(([file]) => !/^\.cres|PLAN/.test(file));
		expect(files.filter(([, text]) => text.includes(String(first)) || text.includes("11319"))).toEqual([]);
		expect(await recordedEndpoint(place.config.state, "gpu-1")).toMatchObject({ port: second });
		expect(await place.read(".env")).toContain(`VAST_PORT=${second}`);
		expect(await entries(place)).toBe(1);
	} finally {
		await moving.close();
	}
}, 20_000);
