/** What an entry is made of. */
export type Label =
	| "recorded"
	| "executed"
	| "by"
	| "reverts"
	| "objective"
	| "constraints"
	| "rootCause"
	| "changes"
	| "followUp"
	| "validation"
	| "rollback";

/** The words that people write for them, in lower case. Nothing else is a label. */
const WORDS: readonly [Label, RegExp][] = [
	["recorded", /^recorded$/],
	["executed", /^executed(?: time)?$/],
	["by", /^by$/],
	["reverts", /^reverts$/],
	["objective", /^(?:objective|goal)$/],
	["constraints", /^constraints?$/],
	["rootCause", /^root[ -]causes?$/],
	["changes", /^(?:changes?|actions?)$/],
	["followUp", /^follow[ -]?ups?$/],
	["validation", /^(?:validation|verification)$/],
	["rollback", /^roll[ -]?back$/],
];

/** `Validation (on the host): rest`, also with the label in bold. */
const LABELLED =
	/^(?:\*\*|__)?([A-Za-z][A-Za-z -]{0,30}?) {0,3}(?:\(([^()]{0,200})\))?(?:\*\*|__)?:(?:\*\*|__)?(?:\s+([\s\S]*))?$/;

export interface Labelled {
	/** Undefined: a label of the entry's own, such as `Archive location`. */
	label: Label | undefined;
	/** As it was written. */
	word: string;
	qualifier: string | undefined;
	rest: string;
}

const labelOf = (word: string): Label | undefined =>
	WORDS.find(([, form]) => form.test(word.trim().toLowerCase()))?.[0];

/** A text that begins with a label and a colon. */
export function labelled(text: string): Labelled | undefined {
	const [, word, qualifier, rest = ""] = LABELLED.exec(text) ?? [];
	return word === undefined ? undefined : { label: labelOf(word), word, qualifier, rest: rest.trim() };
}

/** The label that a heading is, perhaps with a qualifier or a colon. */
export function headingLabel(text: string): Labelled | undefined {
	const found = labelled(/:\s*$/.test(text) ? text : `${text}:`);
	return found?.label !== undefined && found.rest === "" ? found : undefined;
}

/** The word that the canonical form has for it. */
export const WORD: Readonly<Record<Label, string>> = {
	recorded: "Recorded",
	executed: "Recorded",
	by: "By",
	reverts: "Reverts",
	objective: "Objective",
	constraints: "Constraints",
	rootCause: "Root cause",
	changes: "Changes",
	followUp: "Follow-up",
	validation: "Validation",
	rollback: "Rollback",
};
