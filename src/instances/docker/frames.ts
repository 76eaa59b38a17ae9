const HEADER_BYTES = 8;
const STDERR = 2;

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
	let buffer = Buffer.alloc(0);
	for await (const chunk of chunks) {
		buffer = Buffer.concat([buffer, chunk]);
		while (buffer.length >= HEADER_BYTES && buffer.length >= HEADER_BYTES + buffer.readUInt32BE(4)) {
			const end = HEADER_BYTES + buffer.readUInt32BE(4);
			yield { isError: buffer[0] === STDERR, payload: buffer.subarray(HEADER_BYTES, end) };
			buffer = buffer.subarray(end);
		}
	}
}
