import { counted, table } from "../system/text.ts";
import type { Added } from "./add.ts";
import type { Formatted } from "./fmt.ts";
import type { Diagnostic } from "./lint.ts";
import { PLAN_FILE } from "./plan-file.ts";
import type { ShownEntry } from "./show.ts";
import type { Verification } from "./verify.ts";

const TITLE_WIDTH = 300;

/** The entries in a table, the newest in the file first. */
export const renderEntries = (entries: readonly ShownEntry[], columns: number): string =>
	entries.length === 0
		? `${PLAN_FILE} has no entries`
		: table(
				["ID", "DATE", "STATUS", "TITLE"],
				entries.map(({ id, date, status, title }) => [id, date, status ?? "-", title.slice(0, TITLE_WIDTH)]),
				{ columns },
			);

/** The entry of a dry run, else one line. */
export function renderAdded({ outcome, id, entry, checks }: Added): string {
	if (outcome === "planned") return entry.trimEnd();
	const passed = checks.filter(({ verdict }) => verdict === "true").length;
	const ran = checks.length === 0 ? "no checks" : `${passed} of ${checks.length} checks hold`;
	return `✔ ${PLAN_FILE} has entry ${id} (${ran})\n  → git add ${PLAN_FILE}`;
}

const entriesOf = (count: number): string => counted(count, "entry", "entries");

/** One line a finding, and the count. */
export function renderLint(found: readonly Diagnostic[], entries: number, notes: readonly string[]): string {
	const lines = found.map(({ line, code, message }) => `✖ ${PLAN_FILE}:${line} ${code}: ${message}`);
	return [
		...lines,
		...notes.map((note) => `! ${note}`),
		`${counted(found.length, "finding")} in ${entriesOf(entries)}`,
	].join("\n");
}

/** What changed, and the entries that keep their form with why. */
export function renderFormatted({ outcome, head, entries, kept }: Formatted): string {
	const what = [...(head ? ["its head"] : []), ...entries.map((id) => `entry ${id}`)].join(", ");
	const stayed = kept.map((id) => `! entry ${id} stays as it is: its canonical form would say something else`);
	const says = {
		unchanged: `✔ ${PLAN_FILE} stays as it is`,
		formatted: `✔ ${PLAN_FILE}: ${what}`,
		differs: `✖ ${PLAN_FILE} differs: ${what}`,
	};
	return [...stayed, says[outcome]].join("\n");
}

const MARK = { true: "✔", false: "✖", unverifiable: "!" } as const;

/** Claims that are true or false, one a line; those that nobody can verify are counted, or listed with `all`. */
export function renderVerification({ claims, counts, entries }: Verification, all: boolean): string {
	const shown = claims.filter(({ verdict, recorded }) => all || verdict !== "unverifiable" || recorded !== null);
	const lines = shown.map(
		({ verdict, line, claim, observed }) =>
			`${MARK[verdict]} ${PLAN_FILE}:${line} ${claim}\n    ${verdict}: ${observed}`,
	);
	return [
		...lines,
		`${counts.true} true, ${counts.false} false, ${counts.unverifiable} unverifiable in ${entriesOf(entries)}`,
	].join("\n");
}
