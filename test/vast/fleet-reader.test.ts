import { describe, expect, it } from "vitest";
import { createFleetReader } from "../../src/vast/fleet-reader.ts";
import { contractSchema } from "../../src/vast/schemas.ts";
import type { Contract, Vast } from "../../src/vast/vast.ts";
import { virtualClock } from "../support/virtual-clock.ts";
import { errorOf, rawContract } from "./platform.ts";

const clock = virtualClock();
const contractOf = (id: number, changes = {}): Contract => contractSchema.parse(rawContract(id, changes));
const PORTLESS = { ports: null };

/** An account that holds contracts: what the list shows, and what each says of itself, may differ. */
function account(listed: Contract[], own = listed) {
	const lists: number[][] = [];
	const singles: number[] = [];
	const held = { listed, own };
	const vast: Pick<Vast, "contract" | "contracts"> = {
		contracts: async ({ ids = [] } = {}) => {
			lists.push([...ids]);
			await clock.sleep(500);
			return held.listed.filter(({ id }) => ids.includes(id));
		},
		contract: async (id) => {
			singles.push(id);
			if (id < 0) throw new Error("no such number");
			return held.own.find((one) => one.id === id);
		},
	};
	return { held, lists, singles, reader: createFleetReader(vast, clock) };
}

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
const fleet = (count: number): Contract[] => range(count).map((id) => contractOf(id));

describe("reads of a fleet", () => {
	it("that are asked for together are one list call for 25 of them", async () => {
		const { lists, singles, reader } = account(fleet(60));
		const read = await Promise.all(range(60).map((id) => reader.read(id)));
		expect(read.map((one) => one?.id)).toEqual(range(60));
		expect(lists).toEqual([range(25), range(50).slice(25), range(60).slice(50)]);
		expect(singles).toEqual([]);
	});

	it("that are asked for while a list call runs are gathered for the next one, each contract once", async () => {
		const { lists, reader } = account(fleet(9));
		const first = reader.read(1);
		await clock.sleep(200);
		const later = [2, 3, 2].map((id) => reader.read(id));
		await clock.sleep(100);
		later.push(reader.read(4));
		const read = await Promise.all([first, ...later]);
		expect(read.map((one) => one?.id)).toEqual([1, 2, 3, 2, 4]);
		expect(lists).toEqual([[1], [2, 3, 4]]);
	});

	it("that are asked for before the platform takes the next list call are gathered for that one", async () => {
		const { lists, reader } = account(fleet(9));
		await reader.read(1);
		const later = [2, 3].map((id) => reader.read(id));
		await clock.sleep(600);
		later.push(reader.read(4));
		expect((await Promise.all(later)).map((one) => one?.id)).toEqual([2, 3, 4]);
		expect(lists).toEqual([[1], [2, 3, 4]]);
	});

	it("take an answer again that is as young as the reader asks for, and none that is older", async () => {
		const { lists, reader } = account(fleet(2));
		await reader.read(1);
		await Promise.all([reader.read(1, 2_000), reader.read(2, 2_000)]);
		expect(lists).toEqual([[1], [2]]);
		await clock.sleep(1_000);
		expect((await reader.read(1, 2_000))?.id).toBe(1);
		expect(lists).toEqual([[1], [2], [1]]);
	});

	it("see the contract again each time", async () => {
		const { held, reader } = account([contractOf(1)]);
		expect((await reader.read(1))?.actual).toBe("running");
		held.listed = [contractOf(1, { actual_status: "loading" })];
		expect((await reader.read(1))?.actual).toBe("loading");
	});

	it("go on after a list call that failed", async () => {
		const { held, reader } = account([contractOf(1)]);
		const { listed } = held;
		held.listed = undefined as never;
		expect(await errorOf(reader.read(1))).toBeInstanceOf(TypeError);
		held.listed = listed;
		expect(await reader.read(1)).toMatchObject({ id: 1 });
	});
});

describe("the contract itself is asked", () => {
	it("when the list lacks it: it is gone, or the list was late", async () => {
		const { singles, reader } = account([contractOf(1)], [contractOf(1), contractOf(2)]);
		const read = await Promise.all([1, 2, 3].map((id) => reader.read(id)));
		expect(read.map((one) => one?.id)).toEqual([1, 2, undefined]);
		expect(singles).toEqual([2, 3]);
	});

	it("once when the list shows it running without ports, until that changes", async () => {
		const { held, singles, reader } = account([contractOf(1, PORTLESS)], [contractOf(1)]);
		expect((await reader.read(1))?.ports).toEqual({ "22/tcp": 37708 });
		expect((await reader.read(1))?.ports).toEqual({});
		expect(singles).toEqual([1]);
		held.listed = [contractOf(1, { ...PORTLESS, actual_status: "loading" })];
		await reader.read(1);
		held.listed = [contractOf(1, PORTLESS)];
		await reader.read(1);
		expect(singles).toEqual([1, 1]);
	});

	it("and its error is the error of its own read alone", async () => {
		const { reader } = account([contractOf(1)]);
		const [good, bad] = await Promise.all([reader.read(1), errorOf(reader.read(-1))]);
		expect([good?.id, (bad as Error).message]).toEqual([1, "no such number"]);
	});
});
