import { blocksOf, type Block, type Item, type ListPart } from "./blocks.ts";
import type { Entry } from "./document.ts";
import { headingLabel, labelled, type Label, type Labelled } from "./labels.ts";

/** What stands under no known label: kept as it is. */
export interface Extra {
	/** Its heading, or null. */
	heading: string | null;
	line: number;
	parts: ListPart[];
	/** It stands above the validation. */
	above: boolean;
}

/** An entry by its labels. Each list has the points in the order of the text, opaque blocks among them. */
export interface Parts {
	lists: Partial<Record<Label, ListPart[]>>;
	/** What stands in brackets behind the label. */
	qualifiers: Partial<Record<Label, string>>;
	extra: Extra[];
}

/** Where the next block belongs. */
interface Place {
	label: Label | undefined;
	/** A heading opened it: points with labels of their own belong to it. */
	byHeading: boolean;
	/** The labels beside it are changes too: `Action`. */
	siblings: boolean;
	extra: Extra | undefined;
}

const NOWHERE: Place = { label: undefined, byHeading: false, siblings: false, extra: undefined };
/** Labels that once begun take whatever has no label of the closed set. */
const OPEN: readonly (Label | undefined)[] = ["validation", "rollback"];
const LISTS: readonly (Label | undefined)[] = ["constraints", "rootCause", "changes", "followUp", ...OPEN];

/**
 * The blocks of an entry under their labels, whatever form these have: headings, bullets, paragraphs. Once the validation
 * has begun, a label that is not known is a point of it; before, it is a change below `Action`, else an extra.
 */
export function partsOf(entry: Pick<Entry, "text" | "line">): Parts {
	const parts: Parts = { lists: {}, qualifiers: {}, extra: [] };
	let place = NOWHERE;
	for (const block of blocksOf(entry)) place = placed(block, place, parts);
	return parts;
}

function placed(block: Block, place: Place, parts: Parts): Place {
	if (block.kind === "heading") return underHeading(block, parts);
	if (place.extra) {
		place.extra.parts.push(partOf(block));
		return place;
	}
	const found = block.kind === "raw" ? undefined : labelled(block.text);
	if (found?.label !== undefined && opens(found.label, block, place)) return underLabel(block, found, parts);
	if (takes(place, found)) {
		listOf(parts, place.label!).push(partOf(block));
		return place;
	}
	addExtra(parts, { heading: null, line: block.line, parts: [partOf(block)] });
	return NOWHERE;
}

function underHeading(block: Block & { kind: "heading" }, parts: Parts): Place {
	const found = headingLabel(block.text);
	if (found?.label === undefined) {
		const extra = addExtra(parts, { heading: `${"#".repeat(block.level)} ${block.text}`, line: block.line, parts: [] });
		return { ...NOWHERE, extra };
	}
	listOf(parts, found.label);
	qualify(parts, found);
	return { ...NOWHERE, label: found.label, byHeading: true };
}

/** Numbered points open nothing; under the heading of the validation only the rollback does, under the rollback's nothing. */
function opens(label: Label, block: Exclude<Block, { kind: "heading" }>, place: Place): boolean {
	if (block.kind === "item" && block.n !== null) return false;
	if (!place.byHeading || !OPEN.includes(place.label)) return true;
	return place.label === "validation" && label === "rollback";
}

function underLabel(block: Exclude<Block, { kind: "heading" }>, found: Labelled, parts: Parts): Place {
	const label = found.label!;
	const children = block.kind === "item" ? block.children : [];
	const inline: Item = { kind: "item", line: block.line, n: null, text: found.rest, children };
	listOf(parts, label).push(...(found.rest === "" ? children : [inline]));
	qualify(parts, found);
	return { ...NOWHERE, label, siblings: /^action/i.test(found.word) };
}

function takes({ label, byHeading, siblings }: Place, found: Labelled | undefined): boolean {
	if (byHeading || OPEN.includes(label)) return label !== undefined;
	return LISTS.includes(label) && (siblings || found === undefined);
}

function listOf(parts: Parts, label: Label): ListPart[] {
	return (parts.lists[label] ??= []);
}

function qualify(parts: Parts, { label, qualifier }: Labelled): void {
	if (qualifier !== undefined) parts.qualifiers[label!] = qualifier.trim();
}

function addExtra(parts: Parts, extra: Omit<Extra, "above">): Extra {
	const added = { ...extra, above: parts.lists.validation === undefined };
	parts.extra.push(added);
	return added;
}

const partOf = (block: Exclude<Block, { kind: "heading" }>): ListPart =>
	block.kind === "text"
		? { kind: "item", line: block.line, n: null, text: block.text, children: [], paragraph: true }
		: block;
