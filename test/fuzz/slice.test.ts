import fc from "fast-check";
import { describe, it, vi } from "vitest";
import { property, tried } from "./parser.ts";
import { PARSERS } from "./parsers.ts";

/** The same texts each time: new ones are for `npm run fuzz`. */
const SEED = 20_261_129;

vi.setConfig({ testTimeout: 60_000 });

// Whether the time grows with the length alone is for `npm run fuzz`: other work on the machine would decide here.
describe.each(PARSERS)("$name", (parser) => {
	it("reads every text of its corpus", async () => {
		for (const text of parser.corpus) await tried(parser, text);
	});

	it("throws nothing but UserError, and reads again what is written", async () => {
		await fc.assert(property(parser), { numRuns: 100, seed: SEED });
	});
});
