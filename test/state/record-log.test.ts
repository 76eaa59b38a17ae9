import { appendFile, readFile, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { appendRecord, isEarlierFile, readLastRecords, readRecords } from "../../src/state/record-log.ts";
import { temporaryDirectory } from "./temporary.ts";

const schema = z.object({ n: z.number() });
let path: string;
beforeEach(async () => {
	path = join(await temporaryDirectory(), "logs", "cpu-1.jsonl");
});
const read = () => readRecords(path, schema);

describe("a record log", () => {
	it("is one line a record, for its owner only", async () => {
		expect(await read()).toEqual({ records: [], skipped: 0 });
		await appendRecord(path, { n: 1 });
		await appendRecord(path, { n: 2 });
		expect((await readFile(path, "utf8")).split("\n")).toEqual([
			'{"v":1,"sum":"d44b3b7e","record":{"n":1}}',
			expect.stringMatching(/^\{"v":1,"sum":"[0-9a-f]{8}","record":\{"n":2\}\}$/),
			"",
		]);
		expect((await stat(path)).mode & 0o777).toBe(0o600);
		expect(await read()).toEqual({ records: [{ n: 1 }, { n: 2 }], skipped: 0 });
	});

	it("loses of a torn tail that record alone", async () => {
		await appendRecord(path, { n: 1 });
		await appendRecord(path, { n: 2 });
		await truncate(path, (await stat(path)).size - 9);
		await appendRecord(path, { n: 3 });
		expect(await read()).toEqual({ records: [{ n: 1 }, { n: 3 }], skipped: 1 });
	});

	it("skips what was altered, is of another shape or of a later version, and counts it", async () => {
		await appendRecord(path, { n: 1 });
		await writeFile(path, (await readFile(path, "utf8")).replace('"n":1', '"n":7'));
		await appendRecord(path, { m: 1 });
		await appendFile(path, `${JSON.stringify({ v: 2, sum: "00000000", record: { n: 1 } })}\nnull\n[]\n`);
		await appendRecord(path, { n: 2 });
		expect(await read()).toEqual({ records: [{ n: 2 }], skipped: 5 });
	});

	it("takes no line of a later version for one of version 0.1", async () => {
		await appendRecord(path, { n: 1 });
		await appendFile(path, `${JSON.stringify({ v: 2, sum: "00000000", n: 2 })}\n`);
		expect(await read()).toEqual({ records: [{ n: 1 }], skipped: 1 });
	});

	it("has a checksum of 8 digits in every line", async () => {
		for (let n = 0; n < 64; n++) await appendRecord(path, { n });
		const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
		expect(lines.filter((line) => !/"sum":"[0-9a-f]{8}"/.test(line))).toEqual([]);
	});

	it("reads lines of version 0.1, which have no checksum", async () => {
		await appendRecord(path, { n: 3 });
		await writeFile(path, `{"n":1}\r\n{"n":2}\n${await readFile(path, "utf8")}`);
		expect(await read()).toEqual({ records: [{ n: 1 }, { n: 2 }, { n: 3 }], skipped: 0 });
	});

	it("keeps whole records of many appends at once", async () => {
		await Promise.all(Array.from({ length: 20 }, (_, n) => appendRecord(path, { n })));
		const { records, skipped } = await read();
		expect(skipped).toBe(0);
		expect(records.map(({ n }) => n).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
	});

	/** As it was read: a schema of a record leaves out a key that is called `__proto__`. */
	const anyRecord = z.custom<object>((value) => typeof value === "object");

	it("gives back whatever JSON it was given", async () => {
		await fc.assert(
			fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), async (record) => {
				const file = join(await temporaryDirectory(), "one.jsonl");
				await appendRecord(file, record);
				const { records } = await readRecords(file, anyRecord);
				expect(JSON.stringify(records)).toBe(JSON.stringify([record]));
			}),
			{ numRuns: 30 },
		);
	});
});

it("A17: a file that grows is put aside once, and is read with the one before it", async () => {
	for (let n = 1; n <= 40; n++) await appendRecord(path, { n }, 500);
	const sizes = await Promise.all([path, path.replace(".jsonl", ".earlier.jsonl")].map((one) => stat(one)));
	expect(sizes.every(({ size }) => size <= 500)).toBe(true);
	const { records } = await read();
	expect(records.at(-1)).toEqual({ n: 40 });
	expect(records.map(({ n }) => n)).toEqual(
		Array.from({ length: records.length }, (_, at) => 41 - records.length + at),
	);
	expect(records.length).toBeGreaterThan(10);
	expect((await readLastRecords(path, schema, 10_000)).whole).toBe(false);
});

it("A17: what was read last is all there is, until a file was put aside", async () => {
	for (let n = 1; n <= 3; n++) await appendRecord(path, { n });
	expect(await readLastRecords(path, schema, 10_000)).toEqual({
		...{ records: [{ n: 1 }, { n: 2 }, { n: 3 }], skipped: 0, whole: true },
	});
	expect(await readLastRecords(path, schema, 60)).toEqual({ records: [{ n: 3 }], skipped: 0, whole: false });
});

it("A17: records that are put aside keep the name of their file", () => {
	expect(["a.earlier.jsonl", "a.jsonl", "a.earlier.jsonl.swp"].map(isEarlierFile)).toEqual([true, false, false]);
});
