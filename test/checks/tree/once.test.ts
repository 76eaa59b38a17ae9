import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { once } from "../../../src/checks/tree/once.ts";

it("makes an answer once for each subject, also one that is nothing", () => {
	const asked: string[] = [];
	const lengthOf = once(({ name }: { name: string }) => {
		asked.push(name);
		return name === "" ? undefined : name.length;
	});
	const [tree, none] = [{ name: "tree" }, { name: "" }];
	expect([tree, none, tree, none, { name: "tree" }].map((one) => lengthOf(one))).toEqual([
		4,
		undefined,
		4,
		undefined,
		4,
	]);
	expect(asked).toEqual(["tree", "", "tree"]);
});

/** Makes the facts of many files in one go, as one check does. */
const WORK = `
	const { once } = await import(${JSON.stringify(join(import.meta.dirname, "../../../src/checks/tree/once.ts"))});
	const { getHeapSpaceStatistics } = await import("node:v8");
	const make = ({ index }) => Array.from({ length: 2_000 }, (_, at) => ({ at, text: String(at) + index }));
	const factsOf = process.argv[1] === "once" ? once(make) : make;
	const kept = [];
	for (let index = 0; index < 1000; index += 1) kept[index % 200] = factsOf({ index });
	console.log(getHeapSpaceStatistics().find((one) => one.space_name === "new_space").space_size / 2 ** 20);
`;

const megabytesOf = (how: "bare" | "once"): number =>
	Number(execFileSync(process.execPath, ["--input-type=module", "--eval", WORK, how], { encoding: "utf8" }));

it("keeps the space for new objects small while one check makes the facts of all files", () => {
	expect(megabytesOf("once")).toBeLessThan(0.75 * megabytesOf("bare"));
});
