import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ago, bytes, counted, seconds, table, wrap } from "../../src/system/text.ts";

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

it("counts things, one or many", () => {
	expect([counted(0, "file"), counted(1, "file"), counted(2_164, "file"), counted(3, "entry", "entries")]).toEqual([
		...["0 files", "1 file", "2,164 files", "3 entries"],
	]);
});

describe("a table that is too wide", () => {
	const headers = ["NAME", "NOTE", "KEY"];
	const rows = [
		["cpu-1", "a note of some words", "SHA256:abcdefgh"],
		["vast-1", "short", "-"],
	];

	it("loses the least important columns first, and no more than it must", () => {
		expect(table(headers, rows, { columns: 45, drop: ["KEY", "NOTE"] })).toContain("KEY");
		expect(table(headers, rows, { columns: 44, drop: ["KEY", "NOTE"] })).toBe(
			"NAME    NOTE\ncpu-1   a note of some words\nvast-1  short",
		);
	});

	it("is wrapped where nothing may be left out", () => {
		expect(table(headers, rows, { columns: 32 })).toBe(
			[
				"NAME    NOTE     KEY",
				"cpu-1   a note   SHA256:abcdefgh",
				"        of some",
				"        words",
				"vast-1  short    -",
			].join("\n"),
		);
	});

	it("is broken inside words where that does not do", () => {
		expect(table(headers, rows.slice(0, 1), { columns: 26 })).toBe(
			[
				"NAME   NOTE   KEY",
				"cpu-1  a      SHA256:",
				"       note   abcdefgh",
				"       of",
				"       some",
				"       words",
			].join("\n"),
		);
	});

	it("is no wider than the screen, and keeps every character", () => {
		const cell = fc.stringMatching(/^[a-z@/ -]{0,60}$/);
		fc.assert(
			fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 4 }), (lines) => {
				const text = table(headers, lines);
				for (const line of text.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
				const letters = (shown: string) => shown.replaceAll(/\s/g, "").split("").toSorted().join("");
				expect(letters(text)).toBe(letters([headers, ...lines].flat().join("")));
			}),
		);
	});
});

it("breaks a line at blanks, behind punctuation, or anywhere", () => {
	expect(wrap("some words here", 10)).toEqual(["some words", "here"]);
	expect(wrap("video-processing@cpu", 18)).toEqual(["video-processing@", "cpu"]);
	expect(wrap("abcdef\ngh", 4)).toEqual(["abcd", "ef", "gh"]);
});

it("draws a table on the narrowest screen, and ends", () => {
	expect(table(["", "NAME"], [["*", "a name"]], { columns: 1 })).toContain("*");
});
