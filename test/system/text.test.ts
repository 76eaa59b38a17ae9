import { expect, it } from "vitest";
import { ago, bytes, seconds, table } from "../../src/system/text.ts";

it("pads columns and leaves no trailing blanks", () => {
	expect(
		table(
			["A", "LONGER"],
			[
				["x", "y"],
				["wide cell", ""],
			],
		),
	).toBe("A          LONGER\nx          y\nwide cell");
});

it("says durations, ages and sizes as people do", () => {
	expect([12.4, 2340, 245_000].map(seconds)).toEqual(["12 ms", "2.3 s", "4 min 5 s"]);
	expect([0, 12_000, 180_000, 7_200_000, 432_000_000].map(ago)).toEqual([
		"now",
		"12 s ago",
		"3 min ago",
		"2 h ago",
		"5 d ago",
	]);
	expect([0, 512, 12_345, 330_200_000].map(bytes)).toEqual(["0 B", "512 B", "12.3 kB", "330.2 MB"]);
});
