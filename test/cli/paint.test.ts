import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { paint, painterFor } from "../../src/cli/paint.ts";

const chalk = new Chalk({ level: 1 });

describe("paint", () => {
	it("colours verdicts where they stand alone", () => {
		expect(paint("cpu-1  LIVE  not-polling\n✖ fail  node", chalk)).toBe(
			`cpu-1  ${chalk.green("LIVE")}  ${chalk.red("not-polling")}\n${chalk.red("✖")} ${chalk.red("fail")}  node`,
		);
	});

	it("leaves words inside other words alone", () => {
		for (const text of ["LIVELY", "ok-then", "failed", "book", "unstopped"]) expect(paint(text, chalk)).toBe(text);
	});

	it("leaves the words of sentences alone", () => {
		for (const text of [
			"130  interrupted by Ctrl-C",
			"stopped by SIGTERM",
			"cpu-1 is ok",
			"look at ✖ there",
			"drift: X",
		])
			expect(paint(text, chalk)).toBe(text);
	});

	it("sets the next command apart", () => {
		expect(paint("  → cres status ok", chalk)).toBe(chalk.cyan("  → cres status ok"));
	});

	it("adds nothing without colours", () => {
		const text = "✖ LIVE\n  → cres status";
		expect(paint(text, new Chalk({ level: 0 }))).toBe(text);
	});
});

describe("painterFor", () => {
	const terminal = { isTTY: true, hasColors: () => true } as unknown as NodeJS.WriteStream;

	it("paints on a terminal alone", () => {
		expect(painterFor(terminal)("LIVE")).not.toBe("LIVE");
		expect(painterFor({ hasColors: () => true } as unknown as NodeJS.WriteStream)("LIVE")).toBe("LIVE");
	});

	it("paints nothing under NO_COLOR, which the terminal knows", () => {
		expect(painterFor({ ...terminal, hasColors: () => false } as unknown as NodeJS.WriteStream)("LIVE")).toBe("LIVE");
	});
});
