const HEADER_BYTES = 8;

/**
 * Text lines of a container's multiplexed log stream: frames of an 8-byte header (stream type, length)
 * and payload (Docker Engine API, POST /containers/{id}/attach).
 */
export async function* logLines(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncIterable<string> {
	let buffer = Buffer.alloc(0);
	let text = "";
	for await (const chunk of chunks) {
		buffer = Buffer.concat([buffer, chunk]);
		while (buffer.length >= HEADER_BYTES && buffer.length >= HEADER_BYTES + buffer.readUInt32BE(4)) {
			const end = HEADER_BYTES + buffer.readUInt32BE(4);
			text += buffer.toString("utf8", HEADER_BYTES, end);
			buffer = buffer.subarray(end);
		}
		const lines = text.split("\n");
		text = lines.pop()!;
		yield* lines;
	}
	if (text !== "") yield text;
}
