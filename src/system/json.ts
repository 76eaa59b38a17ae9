/** JSON with the keys of every object sorted and no blanks: equal values give equal bytes. */
export const canonicalJson = (value: unknown): string =>
	JSON.stringify(value, (_key, inner: unknown) =>
		inner !== null && typeof inner === "object" && !Array.isArray(inner)
			? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
			: inner,
	);

/** The value of JSON text; undefined for any other text. */
export function jsonOf(text: Uint8Array | string): unknown {
	try {
		return JSON.parse(typeof text === "string" ? text : Buffer.from(text).toString());
	} catch {
		return undefined;
	}
}
