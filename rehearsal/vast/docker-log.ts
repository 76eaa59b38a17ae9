const HEADER_BYTES = 8;

/** The text of `docker logs` of a container without a terminal: frames of 8 bytes, the last four the length, and the line. */
export function textOfLog(frames: Buffer): string {
	const parts: string[] = [];
	for (let at = 0; at + HEADER_BYTES <= frames.length;) {
		const length = frames.readUInt32BE(at + 4);
		at += HEADER_BYTES;
		parts.push(frames.subarray(at, at + length).toString("utf8"));
		at += length;
	}
	return parts.join("");
}
