import { expect, test } from "vitest";
import { stepsOf, workflowsOf } from "../../../src/checks/workflows/model.ts";
import { foldersOf } from "../../../src/checks/workflows/folders.ts";
import { scriptOf, typed } from "../../../src/checks/workflows/script.ts";
import { treeOf } from "../../support/tree.ts";

const PATH = ".github/workflows/ci.yml";
const tree = (steps: string) =>
	treeOf({ [PATH]: `on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n${steps}` });

test("a place in a script is the line of the file, however the script is written", () => {
	const [literal, folded, quoted] = stepsOf(
		tree(
			`      - run: |\n          one\n          two\n      - run: >-\n          one\n          two\n      - run: "one two"\n`,
		),
	);

	expect(literal!.run!.placeIn(4)).toEqual({ path: PATH, line: 8, text: "          two" });
	expect(folded!.run!.placeIn(4).line).toBe(11);
	expect(quoted!.run!.placeIn(4).line).toBe(12);
});

test("an alias has the content of its anchor and its own place", () => {
	const [, second] = stepsOf(tree(`      - &one\n        run: echo one\n      - *one\n`));

	expect(second!.run!.text).toBe("echo one");
	expect(second!.part.line).toBe(8);
});

test("an anchor that holds itself ends", () => {
	const looped = treeOf({ [PATH]: "on: push\njobs: &a\n  b: *a\n" });

	expect(workflowsOf(looped)).toHaveLength(1);
});

test("each command has its folder, as far as anybody can tell", () => {
	const lines = ["a", "(cd web && b)", "c", "cd web", "d", "cd $X", "e", "cd /tmp", "f"];
	const [step] = stepsOf(
		tree(`      - working-directory: top\n        run: |\n${lines.map((line) => `          ${line}\n`).join("")}`),
	);
	const folders = foldersOf(scriptOf(step!)!);
	const told = [...folders]
		.filter(([command]) => !typed(command).startsWith("cd"))
		.map(([command, folder]) => [typed(command), folder]);

	expect(told).toEqual([
		["a", "top"],
		["b", "top/web"],
		["c", "top"],
		["d", "top/web"],
		["e", undefined],
		["f", undefined],
	]);
});

test("a script of Windows or of another shell is none of a POSIX shell", () => {
	const [bash, windows, python] = stepsOf(
		treeOf({
			[PATH]:
				"on: push\njobs:\n  a:\n    runs-on: windows-2022\n    steps:\n      - {run: ls, shell: bash}\n      - run: dir\n      - {run: print(1), shell: python}\n",
		}),
	);

	expect([bash, windows, python].map((step) => scriptOf(step!) !== undefined)).toEqual([true, false, false]);
});
