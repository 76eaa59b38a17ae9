import type { RecordedCheck } from "./check.ts";
import { readCheckItem } from "./check-text.ts";
import { commandsIn, isClosed, polarityOf } from "./commands.ts";
import type { Item, ListPart, Raw } from "./blocks.ts";
import { plainText } from "./inline.ts";
import type { Claim, Unparsable } from "./model.ts";

/** What is read from the points of a validation. */
export interface Claims {
	validation: Claim[];
	unparsable: Unparsable[];
}

/** What the list below Validation claims, and which of its checks cannot be read. */
export function claimsOf(parts: readonly ListPart[]): Claims {
	const unparsable: Unparsable[] = [];
	return { validation: parts.map((part) => claimOf(part, unparsable)), unparsable };
}

/** `Expected: text` as well as `Expected text`. */
const EXPECTED = /^(?:expect(?:ed|s)?|observed)\b(?:\s*:\s*(.*))?/is;
const FENCE = /^(?:```|~~~)/;

function claimOf(part: ListPart, unparsable: Unparsable[]): Claim {
	const claim: Claim & { checks: RecordedCheck[] } = {
		...{ line: part.line, label: "", commands: [], commandLines: [], checks: [], notes: [] },
	};
	if (part.kind === "raw") addRaw(claim, part);
	else {
		const isBare = take(part, claim, unparsable) && part.children.length === 0;
		claim.label = isBare ? "" : part.text.replace(/:$/, "");
		for (const child of part.children) addPart(child, claim, unparsable);
	}
	const words = [part.kind === "item" ? plainText(part.text) : "", claim.expect ?? "", ...claim.notes].join(" ");
	const polarity = polarityOf(words);
	const { checks, ...rest } = claim;
	return { ...rest, ...(polarity ? { polarity } : {}), ...(checks.length > 0 ? { checks } : {}) };
}

function addPart(part: ListPart, claim: Claim & { checks: RecordedCheck[] }, unparsable: Unparsable[]): void {
	if (part.kind === "raw") return addRaw(claim, part);
	if (!take(part, claim, unparsable)) {
		const expected = EXPECTED.exec(part.text);
		if (expected && claim.expect === undefined) claim.expect = expected[1]?.trim() || part.text;
		else claim.notes.push(part.text);
	}
	for (const child of part.children) addPart(child, claim, unparsable);
}

/** True when the whole point is a check or commands, so that its text says nothing more. */
function take(
	{ text, line, children }: Item,
	claim: Claim & { checks: RecordedCheck[] },
	unparsable: Unparsable[],
): boolean {
	const check = readCheckItem(text, line);
	if (check && "check" in check) return claim.checks.push(check) > 0;
	if (check) return unparsable.push({ line, message: check.fault }) === 0;
	const isLabel = children.length > 0 && !text.startsWith("`"); // words that name a program are no command there
	const commands = isLabel ? [] : commandsIn(text);
	for (const one of commands) addCommand(claim, one.text, line);
	for (const { text: command, broken } of commands) {
		if (broken) unparsable.push({ line, message: `the backticks inside of it break the code span: ${command}` });
		else if (!isClosed(command)) unparsable.push({ line, message: `a quotation mark is not closed: ${command}` });
	}
	return commands.length === 1 && text.replace(/[.;]$/, "") === `\`${commands[0]!.text}\``;
}

function addRaw(claim: Claim, { text, line }: Raw): void {
	if (!FENCE.test(text)) return void claim.notes.push(text);
	for (const [at, one] of text.split("\n").entries())
		if (!FENCE.test(one) && !/^\s*(?:#|$)/.test(one)) addCommand(claim, one.trim(), line + at);
}

function addCommand(claim: Claim, text: string, line: number): void {
	claim.commands.push(text);
	claim.commandLines.push(line);
}
