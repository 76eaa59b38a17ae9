import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const MODULE = join(import.meta.dirname, "../../src/system/young-heap.ts");
/** Makes objects that live for a while, as facts of files do. */
const WORK = `
	const { keepYoungHeap } = await import(${JSON.stringify(MODULE)});
	const { getHeapSpaceStatistics } = await import("node:v8");
	const kept = [];
	for (let round = 0; round < 150; round += 1) {
		if (process.argv[1] === "keep") keepYoungHeap();
		kept[round % 40] = Array.from({ length: 10_000 }, (_, at) => ({ at, text: String(at) + round }));
	}
	console.log(getHeapSpaceStatistics().find((one) => one.space_name === "new_space").space_size / 2 ** 20);
`;

const megabytesOf = (how: "keep" | "leave"): number =>
	Number(execFileSync(process.execPath, ["--input-type=module", "--eval", WORK, how], { encoding: "utf8" }));

test("keeps the space for new objects below what it grows to alone", () => {
	expect(megabytesOf("keep")).toBeLessThan(0.75 * megabytesOf("leave"));
});
