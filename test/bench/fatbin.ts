/** What a CUDA library holds kernels for, in tenths of a compute capability: 86 is 8.6. */
export interface Kernels {
	/** Machine code; runs on its own major version from this minor version on. */
	sass: number[];
	/** Text that the driver compiles for any card from this one on. */
	ptx: number[];
}

/** `fatbin` header: magic, version, size of the header, size of all entries (fatbinary_section.h of the CUDA toolkit). */
const MAGIC = Buffer.from([0x50, 0xed, 0x55, 0xba]);
const HEADER_BYTES = 16;
const ARCH_OFFSET = 28;
const KINDS = { 1: "ptx", 2: "sass" } as const;

/** The architectures of all kernels in a library, sorted, each once. */
export function kernelsOf(library: Buffer): Kernels {
	const found = { sass: new Set<number>(), ptx: new Set<number>() };
	let at = library.indexOf(MAGIC);
	while (at >= 0) {
		const entries = at + HEADER_BYTES;
		const isHeader = entries <= library.length && library.readUInt16LE(at + 6) === HEADER_BYTES;
		const end = isHeader ? entries + Number(library.readBigUInt64LE(at + 8)) : entries;
		for (const { kind, arch } of isHeader ? entriesOf(library, entries, end) : []) found[kind].add(arch);
		at = library.indexOf(MAGIC, end > at && end <= library.length ? end : at + MAGIC.length);
	}
	return { sass: sorted(found.sass), ptx: sorted(found.ptx) };
}

function* entriesOf(library: Buffer, from: number, end: number) {
	for (let at = from; at + ARCH_OFFSET + 4 <= Math.min(end, library.length);) {
		const kind = KINDS[library.readUInt16LE(at) as keyof typeof KINDS] as
			| (typeof KINDS)[keyof typeof KINDS]
			| undefined;
		if (kind === undefined) return;
		yield { kind, arch: library.readUInt32LE(at + ARCH_OFFSET) };
		at += library.readUInt32LE(at + 4) + Number(library.readBigUInt64LE(at + 8));
	}
}

const sorted = (values: ReadonlySet<number>): number[] => [...values].sort((a, b) => a - b);

/** How a card of that capability runs the kernels; undefined when it cannot. */
export function wayOf({ sass, ptx }: Kernels, capability: number): string | undefined {
	const major = (arch: number) => Math.floor(arch / 10);
	const code = sass.findLast((arch) => major(arch) === major(capability) && arch <= capability);
	if (code !== undefined) return `machine code ${version(code)}`;
	const text = ptx.findLast((arch) => arch <= capability);
	return text === undefined ? undefined : `compiled from PTX ${version(text)}`;
}

/** 86 → 8.6. */
export const version = (arch: number): string => (arch / 10).toFixed(1);
