const HEADER_BYTES = 8;
const STDERR = 2;
/** The daemon's own frames have 32 KiB at most. */
const LARGEST_FRAME = 64 << 20;

/** A piece of what a container or a program in it wrote. */
interface Frame {
	isError: boolean;
	payload: Buffer;
}

/**
 * Frames of a multiplexed stream: an 8-byte header (stream type, length) and payload each (Docker Engine API, POST
 * /containers/{id}/attach).
 */
export async function* frames(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncIterable<Frame> {
	let parts: Buffer[] = [];
	let had = 0;
	let wanted = HEADER_BYTES;
	for await (const chunk of chunks) {
		parts.push(chunk);
		if ((had += chunk.length) < wanted) continue; // joined when a frame is whole, so that many small chunks cost what they weigh
		let buffer = Buffer.concat(parts);
		while (buffer.length >= (wanted = sizeOf(buffer))) {
			yield { isError: buffer[0] === STDERR, payload: buffer.subarray(HEADER_BYTES, wanted) };
			buffer = buffer.subarray(wanted);
		}
		parts = [buffer];
		had = buffer.length;
	}
}

/** Bytes of the frame that a buffer begins with; those of a header while it is not whole. */
function sizeOf(buffer: Buffer): number {
	if (buffer.length < HEADER_BYTES) return HEADER_BYTES;
	const size = HEADER_BYTES + buffer.readUInt32BE(4);
	if (size > LARGEST_FRAME) throw new Error(`a frame of ${size} bytes is none of the Docker daemon's`);
	return size;
}
