import { expect, it } from "vitest";
import { kernelsOf, wayOf } from "../bench/fatbin.ts";

/** One entry: kind (1 PTX, 2 machine code), version, size of its header, size of what follows, architecture at 28. */
function entry(kind: number, arch: number): Buffer {
	const header = Buffer.alloc(64);
	header.writeUInt16LE(kind, 0);
	header.writeUInt32LE(64, 4);
	header.writeBigUInt64LE(24n, 8);
	header.writeUInt32LE(arch, 28);
	return Buffer.concat([header, Buffer.alloc(24, "x")]);
}
function fatbin(...entries: Buffer[]): Buffer {
	const body = Buffer.concat(entries);
	const header = Buffer.from([0x50, 0xed, 0x55, 0xba, 1, 0, 16, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
	header.writeBigUInt64LE(BigInt(body.length), 8);
	return Buffer.concat([header, body]);
}
const magic = Buffer.from([0x50, 0xed, 0x55, 0xba]);
const noise = Buffer.alloc(100, "ELF");

it("lists what a library has kernels for, wherever they stand in it", () => {
	const library = Buffer.concat([
		...[noise, magic, noise, fatbin(entry(1, 90), entry(2, 86))],
		...[noise, fatbin(entry(2, 75), entry(2, 86)), magic],
	]);
	expect(kernelsOf(library)).toEqual({ sass: [75, 86], ptx: [90] });
	expect(kernelsOf(Buffer.from("no kernels"))).toEqual({ sass: [], ptx: [] });
	expect(kernelsOf(fatbin(entry(2, 80), entry(1, 90)).subarray(0, 120))).toEqual({ sass: [80], ptx: [] });
});

it.each([
	[75, "compiled from PTX 7.0"],
	[86, "machine code 8.6"],
	[89, "machine code 8.6"],
	[90, "compiled from PTX 8.0"],
	[120, "compiled from PTX 8.0"],
	[53, undefined],
])("a card of %i runs them as %s", (capability, way) =>
	expect(wayOf({ sass: [60, 86], ptx: [70, 80] }, capability)).toBe(way),
);
