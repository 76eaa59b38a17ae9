import { crc32, inflateRawSync } from "node:zlib";

/** Larger than any program of the lock, and no danger to memory. */
const MOST_BYTES = 256 * 1024 * 1024;
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** Size of the end record with the longest comment. */
const END_BYTES = 22 + 0xffff;

interface Entry {
	name: string;
	method: number;
	crc: number;
	packed: number;
	size: number;
	at: number;
}

/**
 * The bytes of the one file of a zip whose name matches: stored or deflated, at most 256 MiB, checked by its CRC
 * (PKWARE APPNOTE 6.3.10, sections 4.3.7 to 4.3.16; without zip64, which wheels of this size do not need).
 * Undefined: there is none. @throws Error what is wrong with the zip
 */
export function unzipOne(zip: Buffer, name: RegExp): Buffer | undefined {
	const entry = entriesOf(zip).find((one) => name.test(one.name));
	if (entry === undefined) return undefined;
	if (entry.size > MOST_BYTES) throw new Error(`${entry.name} has ${entry.size} bytes, more than ${MOST_BYTES}`);
	if (at(zip, entry.at, 4) !== LOCAL) throw new Error(`${entry.name} is not where the zip says`);
	const begin = entry.at + 30 + at(zip, entry.at + 26, 2) + at(zip, entry.at + 28, 2);
	const packed = zip.subarray(begin, begin + entry.packed);
	const bytes = unpacked(packed, entry);
	if (bytes.length !== entry.size || crc32(bytes) !== entry.crc) throw new Error(`${entry.name} is damaged`);
	return bytes;
}

function unpacked(packed: Buffer, { name, method, size }: Entry): Buffer {
	if (method === 0) return packed;
	if (method === 8) return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
	throw new Error(`${name} is packed by method ${method}`);
}

function entriesOf(zip: Buffer): Entry[] {
	const end = endOf(zip);
	const count = at(zip, end + 10, 2);
	const entries: Entry[] = [];
	for (let offset = at(zip, end + 16, 4); entries.length < count;) {
		if (at(zip, offset, 4) !== ENTRY) throw new Error("its directory is damaged");
		const [nameBytes, extra, comment] = [28, 30, 32].map((field) => at(zip, offset + field, 2)) as [
			number,
			number,
			number,
		];
		entries.push({
			name: zip.toString("utf8", offset + 46, offset + 46 + nameBytes),
			method: at(zip, offset + 10, 2),
			crc: at(zip, offset + 16, 4),
			packed: at(zip, offset + 20, 4),
			size: at(zip, offset + 24, 4),
			at: at(zip, offset + 42, 4),
		});
		offset += 46 + nameBytes + extra + comment;
	}
	return entries;
}

function endOf(zip: Buffer): number {
	for (let offset = zip.length - 22; offset >= Math.max(0, zip.length - END_BYTES); offset--)
		if (zip.readUInt32LE(offset) === END) return offset;
	throw new Error("it is no zip");
}

/** A number of two or four bytes. @throws Error where the zip ends before it */
function at(zip: Buffer, offset: number, bytes: 2 | 4): number {
	if (offset < 0 || offset + bytes > zip.length) throw new Error("it is cut off");
	return zip.readUIntLE(offset, bytes);
}
