import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { piecesOf, property, slowness, tried } from "./parser.ts";
import { PARSERS } from "./parsers.ts";

vi.setConfig({ testTimeout: 60_000 });

describe.each(PARSERS)("$name", (parser) => {
	it("reads every text of its corpus", async () => {
		for (const text of parser.corpus) await tried(parser, text);
	});

	it("throws nothing but UserError, and reads again what is written", async () => {
		await fc.assert(property(parser), { numRuns: 100 });
	});

	it("takes time in proportion to the text", async () => {
		const slow: string[] = [];
		for (const piece of piecesOf(parser)) slow.push((await slowness(parser, piece)) ?? "");
		expect(slow.filter((one) => one !== "")).toEqual([]);
	});
});
