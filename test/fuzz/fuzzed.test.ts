import fc from "fast-check";
import { expect, it } from "vitest";
import { fuzzed } from "./fuzzed.ts";

const texts = fc.constantFrom("a", "b");

it("reads texts however long the repeated pieces took", async () => {
	const check = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
	const parser = { name: "slow", corpus: [], texts, check };
	expect(await fuzzed(parser, { ms: 1, seed: 1 })).toEqual({ executions: 200, fault: "" });
});

it("says which text is read wrongly, and ends there", async () => {
	const check = (text: string): void => {
		if (text === "b") throw new Error("no b");
	};
	const { executions, fault } = await fuzzed({ name: "b", corpus: [], texts, check }, { ms: 60_000, seed: 1 });
	expect(executions).toBeGreaterThan(0);
	expect(fault).toMatch(/^seed 1: \["b"\] Error: /);
});
