import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT, EXIT_CODES } from "../../src/errors/exit.ts";
import { ROOT } from "../support/sources.ts";

describe("exit codes", () => {
	it("are each in the table, once, in order", () => {
		const codes = EXIT_CODES.map(({ code }) => code);
		expect(codes).toEqual([0, 1, 2, 3, 4, 5, 70, 75, 127, 129, 130, 141, 143, 255]);
		expect(codes).toEqual(expect.arrayContaining(Object.values(EXIT)));
	});

	it("fit a terminal of 80 columns", () => {
		for (const { name, meaning } of EXIT_CODES) {
			expect(name.length, name).toBeLessThanOrEqual(14);
			expect(meaning.length, name).toBeLessThanOrEqual(58);
		}
	});

	it("stand in the README as in the table", async () => {
		const readme = (await readFile(join(ROOT, "README.md"), "utf8")).replaceAll("\r\n", "\n");
		const table = /^\| exit +\| name +\| meaning +\|\n\|[ |-]+\|\n((?:\|.*\|\n)+)/m.exec(readme)![1]!;
		const rows = table.trimEnd().split("\n");
		const cells = rows.map((row) =>
			row
				.slice(1, -1)
				.split("|")
				.map((cell) => cell.trim()),
		);
		expect(cells).toEqual(EXIT_CODES.map(({ code, name, meaning }) => [String(code), name, meaning]));
	});
});
