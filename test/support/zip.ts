import { crc32, deflateRawSync } from "node:zlib";

interface ZipOptions {
	/** Without compression. */
	stored?: boolean;
	/** The size that the directory claims. */
	claim?: number;
}

/** A zip of these files (PKWARE APPNOTE 6.3.10), as a wheel is one. */
export function zipOf(files: Readonly<Record<string, string>>, { stored = false, claim }: ZipOptions = {}): Buffer {
	const locals: Buffer[] = [];
	const entries: Buffer[] = [];
	let at = 0;
	for (const [name, text] of Object.entries(files)) {
		const bytes = Buffer.from(text);
		const packed = stored ? bytes : deflateRawSync(bytes);
		const common = headerOf(name, bytes, { stored, packedSize: packed.length, size: claim ?? bytes.length });
		const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), common, Buffer.from(name), packed]);
		const rest = Buffer.alloc(14);
		rest.writeUInt32LE(at, 10);
		entries.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), common, rest, Buffer.from(name)]));
		locals.push(local);
		at += local.length;
	}
	const directory = Buffer.concat(entries);
	return Buffer.concat([...locals, directory, endOf(entries.length, directory.length, at)]);
}

/** What the header of a file and its entry in the directory have in common. */
function headerOf(name: string, bytes: Buffer, facts: { stored: boolean; packedSize: number; size: number }): Buffer {
	const header = Buffer.alloc(26);
	header.writeUInt16LE(20, 0);
	header.writeUInt16LE(facts.stored ? 0 : 8, 4);
	header.writeUInt32LE(crc32(bytes), 10);
	header.writeUInt32LE(facts.packedSize, 14);
	header.writeUInt32LE(facts.size, 18);
	header.writeUInt16LE(Buffer.byteLength(name), 22);
	return header;
}

function endOf(count: number, size: number, at: number): Buffer {
	const end = Buffer.alloc(22);
	end.write("PK\x05\x06", "latin1");
	end.writeUInt16LE(count, 8);
	end.writeUInt16LE(count, 10);
	end.writeUInt32LE(size, 12);
	end.writeUInt32LE(at, 16);
	return end;
}
