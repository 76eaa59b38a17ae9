import type { EntryModel } from "./model.ts";

const STAMP = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?\s?([+-]\d{2}):?(\d{2})$/;
const DECLARED = /time[ -]?zone\b[^\r\n]{0,40}?\b([A-Z][A-Za-z_]+\/[A-Za-z_]+(?:\/[A-Za-z_]+)?)/i;
const DAY_MS = 86_400_000;

/** Where a date and a stamp disagree, or a stamp has another offset than the zone that the head declares. */
export function zoneDrift(head: string, entries: readonly EntryModel[]): { line: number; message: string }[] {
	const zone = DECLARED.exec(head)?.[1];
	return entries.flatMap(({ date, recorded, executedAt, lines: { from } }) => {
		const stamp = STAMP.exec(recorded ?? executedAt ?? "");
		if (!stamp) return [];
		const [whole, day = "", time = "", hours = "", minutes = ""] = stamp;
		const at = new Date(`${day}T${time}${hours}:${minutes}`);
		if (Number.isNaN(at.getTime())) return [];
		const wanted = zone === undefined ? undefined : offsetAt(zone, at);
		const drift = wanted !== undefined && wanted !== `${hours}:${minutes}`;
		return [
			...(drift
				? [{ line: from, message: `${whole} has the offset ${hours}:${minutes}, but ${zone} is at ${wanted} then` }]
				: []),
			...(isNextDay(date, day) ? [{ line: from, message: `the heading says ${date}, the stamp ${day}` }] : []),
		];
	});
}

/** A day apart: the one was written in another zone than the other. More is another time. */
export const isNextDay = (a: string, b: string): boolean => Math.abs(Date.parse(a) - Date.parse(b)) === DAY_MS;

/** `-05:00` of an IANA zone at a time; undefined for a zone that there is not. */
function offsetAt(timeZone: string, at: Date): string | undefined {
	try {
		const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" }).formatToParts(at);
		const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
		return name === "GMT" ? "+00:00" : name.replace("GMT", "");
	} catch {
		return undefined;
	}
}
