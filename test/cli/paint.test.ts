import { Chalk } from "chalk";
import { describe, expect, it } from "vitest";
import { paint } from "../../src/cli/paint.ts";

const chalk = new Chalk({ level: 1 });

describe("paint", () => {
	it("colours verdicts where they stand alone", () => {
		expect(paint("cpu-1  LIVE  not-polling\n✖ stopped", chalk)).toBe(
			`cpu-1  ${chalk.green("LIVE")}  ${chalk.red("not-polling")}\n${chalk.red("✖")} ${chalk.yellow("stopped")}`,
		);
	});

	it("leaves words inside other words alone", () => {
		for (const text of ["LIVELY", "ok-then", "failed", "book", "unstopped"]) expect(paint(text, chalk)).toBe(text);
	});

	it("sets the next command apart", () => {
		expect(paint("  → cres status ok", chalk)).toBe(chalk.cyan("  → cres status ok"));
	});

	it("adds nothing without colours", () => {
		const text = "✖ LIVE\n  → cres status";
		expect(paint(text, new Chalk({ level: 0 }))).toBe(text);
	});
});
