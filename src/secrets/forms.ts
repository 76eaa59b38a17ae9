const encoder = (value: string) => Buffer.from(value, "utf8");

/** Every form in which a secret may appear in text: as it is, in base64 (alone and inside more), percent-encoded, in hex, in JSON. */
export function formsOf(value: string): string[] {
	const percent = encodeURIComponent(value.toWellFormed());
	const json = JSON.stringify(value).slice(1, -1);
	const ascii = json.replaceAll(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
	const hex = encoder(value).toString("hex");
	const forms = [
		value,
		...[json, ascii].flatMap((one) => [one, one.replaceAll("/", "\\/")]),
		...[ascii.replaceAll(/\\u[\da-f]{4}/g, (one) => `\\u${one.slice(2).toUpperCase()}`)],
		...[percent, encodeURI(value.toWellFormed()), percent.replaceAll("%20", "+")].flatMap((one) => [
			one,
			lowerPercent(one),
		]),
		...[hex, hex.toUpperCase()],
		...base64Of(value).flatMap((one) => [one, one.replaceAll("+", "-").replaceAll("/", "_")]),
		...linesOf(value),
	];
	return [...new Set(forms)];
}

const lowerPercent = (text: string): string => text.replaceAll(/%[0-9A-F]{2}/g, (one) => one.toLowerCase());

/**
 * Alone, and as the part of a longer text that it alone decides: three ways, by its place in the groups of three bytes
 * (RFC 4648). So it is found in the `user:password` of a header too.
 */
function base64Of(value: string): string[] {
	const bytes = encoder(value);
	const inside = [0, 1, 2].map((before) => {
		const text = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
		const whole = Math.floor(((before + bytes.length) * 8) / 6);
		return text.slice(Math.ceil((before * 8) / 6), whole);
	});
	const alone = bytes.toString("base64");
	return [alone, alone.replace(/=+$/, ""), ...inside];
}

const SHORTEST_LINE = 8;

/** A key of several lines is often printed line by line. */
const linesOf = (value: string): string[] =>
	value.includes("\n")
		? value.split(/\r?\n/).filter((line) => line.length >= SHORTEST_LINE && !line.startsWith("-----"))
		: [];
