import type { PlanDocument, Entry } from "./document.ts";
import { recordedStamp } from "./stamp.ts";

/** `DONE`: what was checked holds, or was observed. `PENDING`: evidence is missing. `REVERTED`: it was taken back. */
export type Status = "DONE" | "PENDING" | "REVERTED";

const CHECK = /(?<![^\r\n])[ \t]*[-*] `check: [^`\r\n]*`(?: → (passed|failed|not verified))?/g;
const REVERTS = /(?<![^\r\n])- Reverts: ([^\r\n]*)/g;
const OBSERVED = /(?<![^\r\n])### Validation[ \t]*(?:\r\n|\r|\n)+(?!#)[^\s]/;

/** What the titles of rollouts say of how these ended. */
const WENT_BACK = / failed$/;
const OPEN = / (?:was interrupted|failed, and so did going back)$/;

/** Anchors and ids of the entries that another entry takes back. */
export function revertedBy({ entries }: PlanDocument): Set<string> {
	const found = entries.flatMap(({ text }) =>
		text.includes("- Reverts: ") ? [...text.matchAll(REVERTS)].map(([, target]) => target!) : [],
	);
	return new Set(found.flatMap((text) => [text.trim(), ...links(text)]));
}

const links = (text: string): string[] =>
	[...text.matchAll(/\]\(<?#([^()<>\s]{1,300})>?\)/g)].map(([, anchor]) => anchor!);

/**
 * Status by the recorded outcomes of its checks; without checks by what cres itself has observed; undefined for an entry
 * that has neither. `names`: its anchor and id.
 */
export function statusOf(
	{ text, title }: Pick<Entry, "text" | "title">,
	names: readonly string[],
	reverted: ReadonlySet<string>,
): Status | undefined {
	if (names.some((name) => reverted.has(name))) return "REVERTED";
	const outcomes = text.includes("`check: ") ? [...text.matchAll(CHECK)].map(([, outcome]) => outcome) : [];
	if (outcomes.length > 0) return outcomes.every((one) => one === "passed") ? "DONE" : "PENDING";
	if (recordedStamp(text) === undefined) return undefined;
	if (OPEN.test(title)) return "PENDING";
	if (WENT_BACK.test(title)) return "REVERTED";
	return OBSERVED.test(text) ? "DONE" : "PENDING";
}
