import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "../../src/services/line-splitter.ts";
import { namedLine, stamped } from "../../src/services/log-line.ts";

describe("lines of a program", () => {
	it("are the same however its text is cut into pieces", () => {
		const text = fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), { maxLength: 20 });
		const check = fc.property(text, fc.array(fc.nat(30), { minLength: 1 }), (parts, cuts) => {
			const lines = parts.map((part) => part.replaceAll(/[\r\n]/g, " "));
			const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
			const splitter = new LineSplitter();
			const seen: string[] = [];
			for (let at = 0, turn = 0; at < bytes.length; turn++) {
				const size = 1 + cuts[turn % cuts.length]!;
				seen.push(...splitter.push(bytes.subarray(at, at + size)));
				at += size;
			}
			expect([...seen, ...splitter.end()]).toEqual(lines);
		});
		fc.assert(check, { numRuns: 200 });
	});

	it("keep their beginning when they are endless, and the next one is whole", () => {
		const splitter = new LineSplitter();
		for (let at = 0; at < 50; at++) expect(splitter.push(Buffer.from("x".repeat(10_000)))).toEqual([]);
		const [long, next] = splitter.push(Buffer.from("end\r\nnext\r\n"));
		expect([long!.length, next]).toEqual([65_537, "next"]);
	});

	it("end with what stands behind the last end", () => {
		const splitter = new LineSplitter();
		expect([splitter.push(Buffer.from("a\nb")), splitter.end(), splitter.end()]).toEqual([["a"], ["b"], []]);
	});
});

describe("a line of a log", () => {
	const now = new Date(2026, 10, 29, 10, 15, 30);
	it.each([
		["Server started on port 8001", "[2026-11-29 10:15:30] [INFO] Server started on port 8001"],
		["INFO:     Started server process [12345]", "[2026-11-29 10:15:30] [INFO] Started server process [12345]"],
		["WARNING: low", "[2026-11-29 10:15:30] [WARNING] low"],
		["Information about it", "[2026-11-29 10:15:30] [INFO] Information about it"],
		["[2025-11-03 10:15:31] [ERROR] uvicorn: x", "[2025-11-03 10:15:31] [ERROR] uvicorn: x"],
		["2026/11/29 10:15:32 [notice] 12#12: start", "[2026-11-29 10:15:32] [NOTICE] 12#12: start"],
		['{"time":"t","level":"WARN","message":"slow","ms":3}', '[2026-11-29 10:15:30] [WARN] slow {"ms":3}'],
		['{"a":1}', '[2026-11-29 10:15:30] [INFO] {"a":1}'],
		["{broken", "[2026-11-29 10:15:30] [INFO] {broken"],
		["\u001B[32mgreen\u001B[0m \u0007bell\ttab", "[2026-11-29 10:15:30] [INFO] green  bell\ttab"],
	])("%s", (text, expected) => {
		expect(stamped(text, now)).toBe(expected);
	});

	it("begins with who wrote it, and its text at column 21", () => {
		expect(namedLine("broker-0", "[x]")).toBe("broker-0          >> [x]");
		expect(namedLine("datafeed-0", "[x]").indexOf(">> ")).toBe(18);
	});
});
