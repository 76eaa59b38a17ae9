/** One value in DER (X.690). */
export function der(tag: number, ...parts: Uint8Array[]): Buffer {
	const content = Buffer.concat(parts);
	const bytes = content.length.toString(16).padStart(2, "0").length > 2 ? 2 : 1;
	const long = Buffer.from([0x80 | bytes, ...(bytes === 2 ? [content.length >> 8] : []), content.length & 0xff]);
	return Buffer.concat([Buffer.from([tag]), content.length < 0x80 ? Buffer.from([content.length]) : long, content]);
}

export const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
export const octets = (content: Uint8Array): Buffer => der(0x04, content);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text));
/** A bit string of whole bytes. */
export const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.from([0]), content);
export const YES = der(0x01, Buffer.from([0xff]));

/** A positive integer. */
export const integer = (bytes: Uint8Array): Buffer =>
	der(0x02, ...((bytes[0] ?? 0) >= 0x80 ? [Buffer.from([0])] : []), bytes);

/** `1.2.840…` */
export function oid(text: string): Buffer {
	const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
	const base128 = (value: number): number[] => {
		const groups = [value & 0x7f];
		for (let left = value >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
		return groups;
	};
	return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime, for the years until 2049. */
export const utcTime = (ms: number): Buffer =>
	der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`));
