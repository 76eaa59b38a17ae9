import { createHash } from "node:crypto";
import type { Entry } from "./document.ts";
import { recordedStamp } from "./stamp.ts";

const HEX_DIGITS = 8;

/**
 * An id for each entry: of its Recorded stamp, so that it stays when the title changes; else of date and title. The oldest
 * of several with one stamp has it alone, so that a newer entry changes no id.
 */
export function idsOf(entries: readonly Pick<Entry, "text" | "date" | "title">[]): string[] {
	const seen = new Map<string, number>();
	return entries
		.map(({ text, date, title }) => recordedStamp(text) ?? `${date} ${title}`)
		.toReversed()
		.map((key) => {
			const before = seen.get(key) ?? 0;
			seen.set(key, before + 1);
			const id = createHash("sha256").update(key).digest("hex").slice(0, HEX_DIGITS);
			return before === 0 ? id : `${id}-${before + 1}`;
		})
		.toReversed();
}
