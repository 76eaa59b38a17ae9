import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { leaving, leavingJson, visible } from "../../src/secrets/leaving.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { HOSTILE, PLANTED, obeyed } from "../support/hostile.ts";

describe("A10: text that leaves", () => {
	it.each(Object.entries(HOSTILE))("holds no %s", (_name, text) => {
		expect(obeyed(leaving(`before ${text} behind`))).toEqual([]);
		expect(obeyed(leavingJson({ text }, 0))).toEqual([]);
		expect(JSON.parse(leavingJson({ text }, 2))).toEqual({ text });
	});

	it("shows what was there, and leaves colours out", () => {
		expect(visible("a\u001B[1;31mred\u001B[0m\r\n\tb\u001B]0;t\u0007\u202Ec\u009B\u007F")).toBe(
			"ared\n\tb\\u001b]0;t\\u0007\\u202ec\\u009b\\u007f",
		);
	});

	it("keeps every other character", () => {
		const printable = fc.string({ unit: "grapheme" }).filter((text) => obeyed(text).length === 0);
		fc.assert(fc.property(printable, (text) => visible(text) === text));
		fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => obeyed(visible(text)).length === 0));
	});

	it("does not let a colour inside of it hide a secret", () => {
		const secret = new Secret("sentinel-of-leaving").reveal();
		expect(leaving(`${secret} ${secret.slice(0, 8)}\u001B[0m${secret.slice(8)}`)).toBe("[redacted] [redacted]");
	});

	it("takes time in proportion to its length", () => {
		const cost = (part: string, size: number) => {
			const text = part.repeat(size / part.length);
			const times = Array.from({ length: 5 }, () => {
				const started = performance.now();
				visible(text);
				return performance.now() - started;
			});
			return Math.min(...times); // what else the machine does only adds to it
		};
		for (const part of ["\u001B[", "\u001B[1;", "\u001B]", "\r", PLANTED]) {
			cost(part, 2_500);
			// 64 times the length is 4096 times the time where it grows with the square; a busy machine adds less than the rest.
			expect(cost(part, 160_000) / Math.max(cost(part, 2_500), 0.05)).toBeLessThan(1_000);
		}
	});
});
