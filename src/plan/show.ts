import { visible } from "../secrets/leaving.ts";
import { cleanOfLiterals, withoutLiterals } from "../secrets/literals.ts";
import { UserError } from "../errors/errors.ts";
import { readUtf8IfExists } from "../system/encoding.ts";
import { parse } from "./document.ts";
import { learnSecrets } from "./refusals.ts";
import type { EntryModel } from "./model.ts";
import { PLAN_FILE, planPath } from "./plan-file.ts";
import { readPlan, type Plan } from "./reader.ts";
import { entryIndex, namesOf } from "./select.ts";
import { revertedBy, statusOf, type Status } from "./status.ts";

/** An entry with its status: null where neither its checks nor its contents tell one. */
export type ShownEntry = EntryModel & { status: Status | null };

/** What `cres plan show` returns under --json. */
export interface ShownPlan {
	document: string;
	entries: ShownEntry[];
}

/** @throws UserError plan_missing (usage), file_unusable */
export async function readPlanText(root: string): Promise<string> {
	await learnSecrets(root);
	const text = await readUtf8IfExists(planPath(root));
	if (text !== undefined) return text;
	throw new UserError("plan_missing", `${planPath(root)} is not there`, {
		hint: "cres plan add writes the first entry, cres init an empty document",
	});
}

/** The entries that are asked for, or all. @throws UserError plan_entry_unknown (usage) */
export function askedEntries(text: string, asked: readonly string[]): Plan {
	if (asked.length === 0) return readPlan(text);
	const names = namesOf(parse(text));
	return readPlan(text, [...new Set(asked.map((one) => entryIndex(names, one)))]);
}

/** The entries as data, secrets left out. `raw`: the text of each, as it may be shown. */
export function showPlan(text: string, asked: readonly string[]): ShownPlan & { raw: string[] } {
	const { document, entries } = askedEntries(text, asked);
	const reverted = revertedBy(document);
	const byLine = new Map(document.entries.map((entry) => [entry.line, entry]));
	const shown = entries.map((entry) => {
		const source = byLine.get(entry.lines.from)!;
		return { ...entry, status: statusOf(source, [entry.id, entry.anchor], reverted) ?? null };
	});
	return {
		document: PLAN_FILE,
		entries: cleanOfLiterals(shown),
		raw: entries.map(({ lines: { from } }) => withoutLiterals(visible(byLine.get(from)!.text.trimEnd()))),
	};
}
