import { UserError } from "../errors/errors.ts";
import { anchorsOf } from "./anchors.ts";
import type { PlanDocument } from "./document.ts";
import { idsOf } from "./ids.ts";
import { plainText } from "./inline.ts";
import { PLAN_FILE } from "./plan-file.ts";

const SHOWN = 5;

/** How an entry can be called. */
export interface EntryNames {
	id: string;
	anchor: string;
	title: string;
	date: string;
}

/** What each entry can be called by, in the order of the file. */
export function namesOf(document: PlanDocument): EntryNames[] {
	const anchors = anchorsOf(document).entries;
	const ids = idsOf(document.entries);
	return document.entries.map(({ title, date }, at) => ({
		...{ id: ids[at]!, anchor: anchors[at]!, title: plainText(title), date },
	}));
}

/**
 * Index of the one entry that a person means: by id, anchor, number (1 is the newest in the file), date, or words of its title.
 * @throws UserError plan_entry_unknown (usage)
 */
export function entryIndex(names: readonly EntryNames[], asked: string): number {
	const wanted = asked.replace(/^#/, "").trim().toLowerCase();
	const exact = names.findIndex(({ id, anchor }) => id === wanted || anchor === wanted);
	if (exact >= 0) return exact;
	if (/^\d{1,5}$/.test(wanted) && Number(wanted) >= 1 && Number(wanted) <= names.length) return Number(wanted) - 1;
	const near = [...names.keys()].filter((at) => {
		const { title, date } = names[at]!;
		return wanted !== "" && (date === wanted || `${date} - ${title}`.toLowerCase().includes(wanted));
	});
	if (near.length === 1) return near[0]!;
	const shown = near.slice(0, SHOWN).map((at) => `${names[at]!.id} ${names[at]!.title}`);
	throw new UserError(
		"plan_entry_unknown",
		near.length === 0
			? `no entry of ${PLAN_FILE} is ${asked}`
			: `${near.length} entries are ${asked}: ${shown.join("; ")}`,
		{ hint: "cres plan show lists the entries with their ids" },
	);
}
