import { canonicalEntry } from "./canonical.ts";
import { withContents } from "./contents.ts";
import { lineEndOf, parse, print, type PlanDocument } from "./document.ts";
import { EMPTY, PLAN_FILE, editPlan, planPath } from "./plan-file.ts";
import { entryIndex, namesOf } from "./select.ts";
import { readUtf8IfExists } from "../system/encoding.ts";

export interface FormatOptions {
	/** Entries to bring into the canonical form; `all`: every one. Others stay as they are. */
	entries: readonly string[] | "all";
	/** Make a table of contents where there is none. */
	contents: boolean;
	/** Write nothing. */
	check: boolean;
}

/** What `cres plan fmt` returns under --json. */
export interface Formatted {
	document: string;
	outcome: "unchanged" | "formatted" | "differs";
	/** The head has, or would get, other lines. */
	head: boolean;
	/** Ids of the entries that were, or would be, written again. */
	entries: string[];
	/** Ids of entries whose canonical form would say something else: they stay as they are. */
	kept: string[];
}

/**
 * Brings the table of contents, and the entries that are asked for, into the canonical form. Every other byte stays.
 * @throws UserError plan_entry_unknown (usage), and those of editPlan
 */
export async function formatPlan(root: string, options: FormatOptions): Promise<Formatted> {
	const whole = async (text: string | undefined) => formatted(text ?? EMPTY, options);
	let done = await whole(await readUtf8IfExists(planPath(root)));
	const { text, ...report } = done;
	if (text === undefined) return { ...report, outcome: "unchanged" };
	if (options.check) return { ...report, outcome: "differs" };
	await editPlan(root, async (before) => {
		done = await whole(before);
		return done.text ?? before ?? EMPTY;
	});
	const { text: _written, ...again } = done;
	return { ...again, outcome: "formatted" };
}

/** `text`: undefined when nothing changes. */
export function formatted(
	text: string,
	{ entries, contents }: Pick<FormatOptions, "entries" | "contents">,
): Omit<Formatted, "outcome"> & { text: string | undefined } {
	const document = parse(text);
	const names = namesOf(document);
	const wanted = entries === "all" ? [...names.keys()] : entries.map((asked) => entryIndex(names, asked));
	const end = lineEndOf(text);
	const canonical = new Map(wanted.map((at) => [at, canonicalEntry(document.entries[at]!, end)]));
	const next = spaced(document, canonical, end);
	const head = withContents(next, { make: contents });
	const after = print({ ...next, head });
	const idsWhere = (is: (at: number) => boolean): string[] => wanted.filter(is).map((at) => names[at]!.id);
	return {
		document: PLAN_FILE,
		head: head !== document.head,
		entries: idsWhere((at) => next.entries[at]!.text !== document.entries[at]!.text),
		kept: idsWhere((at) => canonical.get(at) === undefined),
		text: after === text ? undefined : after,
	};
}

/** One blank line stands below an entry of the canonical form, and none at the end of the file. */
function spaced(document: PlanDocument, canonical: ReadonlyMap<number, string | undefined>, end: string): PlanDocument {
	const last = document.entries.length - 1;
	const entries = document.entries.map((entry, at) => {
		const text = canonical.get(at);
		return text === undefined ? entry : { ...entry, text: at === last ? text : text + end };
	});
	const glued = canonical.get(0) !== undefined && document.head.trim() !== "" && !document.head.endsWith(end + end);
	return { head: glued ? document.head + (document.head.endsWith(end) ? end : end + end) : document.head, entries };
}
