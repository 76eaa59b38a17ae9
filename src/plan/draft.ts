import { z } from "zod";
import { UserError } from "../errors/errors.ts";
import { checkSchema, type Check } from "./check.ts";
import { parseCheck } from "./check-text.ts";
import type { PlanEntry } from "./entry.ts";

const MOST_POINTS = 200;
const MOST_CHECK = 8_000;
const line = z.string().trim().min(1).max(2_000);
/** A text, or several. */
const lines = z
	.preprocess((value) => (typeof value === "string" ? [value] : value), z.array(line).max(MOST_POINTS))
	.default([]);

/** A check as its text, or as its parts. */
const check = z.unknown().transform((given, context): Check => {
	const read = typeof given === "string" ? parseCheck(given.slice(0, MOST_CHECK)) : checkOf(given);
	if ("check" in read) return read.check;
	context.addIssue({ code: "custom", message: read.fault });
	return z.NEVER;
});

function checkOf(given: unknown): { check: Check } | { fault: string } {
	const read = checkSchema.safeParse(given);
	return read.success ? { check: read.data } : { fault: read.error.issues.map(({ message }) => message).join("; ") };
}

const change = z.union(
	[
		line,
		z
			.strictObject({ path: line.optional(), text: line.optional(), items: lines })
			.refine(({ path, text }) => path !== undefined || text !== undefined, "needs a path or a text"),
	],
	"is neither a text nor { path, text, items }",
);

/** What `cres plan add` makes an entry of: a file of YAML or JSON, or its flags. */
const draftSchema = z.strictObject({
	title: z.string().trim().min(1).max(200),
	objective: line,
	/** Id, anchor, line or title of the entry that this one takes back. */
	reverts: line.optional(),
	constraints: lines,
	root_cause: lines,
	changes: z.array(change).max(MOST_POINTS).default([]),
	follow_up: lines,
	/** Checks without a label. */
	checks: z.array(check).max(MOST_POINTS).default([]),
	validation: z
		.array(z.strictObject({ label: line, checks: z.array(check).max(MOST_POINTS).default([]), observed: lines }))
		.max(MOST_POINTS)
		.default([]),
	rollback: lines,
});
export type Draft = z.infer<typeof draftSchema>;

/**
 * A draft from what was read and what flags add to it.
 * @throws UserError plan_draft (usage) with every fault
 */
export function readDraft(given: unknown): Draft {
	const read = draftSchema.safeParse(given);
	if (!read.success) throw refused(read.error.issues.map(faultText));
	const { rollback, checks, validation } = read.data;
	const seen = validation.some((group) => group.checks.length + group.observed.length > 0);
	throwIf(rollback.length === 0, "rollback is missing: no step says how it is undone");
	throwIf(checks.length === 0 && !seen, "validation is missing: neither a check nor anything observed");
	return read.data;
}

const faultText = ({ path, message }: z.core.$ZodIssue): string =>
	`${placeOf(path)} ${message.includes("received undefined") ? "is missing" : message}`;

/** `title`, `validation.0.label`; a check by its number, as flags have none of their own. */
function placeOf(path: readonly PropertyKey[]): string {
	const [first, at] = path;
	if (first === "checks" && typeof at === "number" && path.length === 2) return `check ${at + 1}:`;
	return path.map(String).join(".") || "the entry";
}

function throwIf(is: boolean, fault: string): void {
	if (is) throw refused([fault]);
}

const refused = (faults: readonly string[]): UserError =>
	new UserError("plan_draft", `the entry cannot be made: ${faults.join("; ")}`, {
		hint: "cres plan add --help shows the flags; a file for --from has the same names with _, such as root_cause",
	});

/** Text of YAML or JSON. @throws UserError plan_draft (usage) */
export async function draftFile(text: string, name: string): Promise<Record<string, unknown>> {
	const { parse } = await import("yaml");
	try {
		const value: unknown = parse(text, { maxAliasCount: 0 });
		if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
	} catch (cause) {
		const [first] = String((cause as Error).message).split("\n");
		throw new UserError("plan_draft", `${name} is neither YAML nor JSON: ${first}`, { hint: HINT, cause });
	}
	throw new UserError("plan_draft", `${name} holds no object with title, objective, …`, { hint: HINT });
}

const HINT = "cres guide plan shows such a file";

/** The draft with lists of both, and single values of `more` before those of `file`. */
export function mergedDraft(file: Record<string, unknown>, more: Record<string, unknown>): Record<string, unknown> {
	const merged = { ...file };
	for (const [name, value] of Object.entries(more)) {
		if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
		merged[name] = Array.isArray(value) ? [...listed(file[name]), ...(value as unknown[])] : value;
	}
	return merged;
}

const listed = (value: unknown): unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

/** The changes of a draft as points of an entry. */
export const changePoints = (changes: Draft["changes"]): PlanEntry["changes"] =>
	changes.map((one) => {
		if (typeof one === "string") return one;
		const path = one.path === undefined ? "" : `\`${one.path.replaceAll("`", "'")}\``;
		const text = [path, one.text].filter((part) => part !== undefined && part !== "").join(": ");
		return one.items.length > 0 ? { text, items: one.items } : text;
	});
