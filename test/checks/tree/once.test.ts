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
