import type { z } from "zod";
import { shown } from "./yaml-text.ts";

const TYPES: Readonly<Record<string, string>> = {
	record: "a mapping",
	object: "a mapping",
	array: "a list",
	string: "a text",
	number: "a number",
	int: "a whole number",
	boolean: "true or false",
};

/** What a schema expected and what it found, in words of YAML: `expected a text; found 22: put it in quotes`. */
export function faultText(issue: z.core.$ZodIssue): string {
	if (issue.code === "invalid_key") return expectation(issue);
	const found = issue.input === undefined ? "it is missing" : `found ${shown(issue.input)}`;
	return `${expectation(issue)}; ${found}${isUnquoted(issue) ? ": put it in quotes" : ""}`;
}

/** What YAML takes for something else than a text unless it is quoted. */
const isUnquoted = (issue: z.core.$ZodIssue): boolean =>
	issue.code === "invalid_type" &&
	issue.expected === "string" &&
	isOfZod(issue) &&
	["number", "boolean"].includes(typeof issue.input);

/** The schema has no words of its own. */
const isOfZod = ({ message }: z.core.$ZodIssue): boolean => /^(?:Invalid input|Too )/.test(message);

function expectation(issue: z.core.$ZodIssue): string {
	const { message } = issue;
	switch (issue.code) {
		case "invalid_type":
			return isOfZod(issue) ? `expected ${TYPES[issue.expected] ?? issue.expected}` : wanted(message);
		case "too_small":
			return isOfZod(issue) ? least(issue) : plain(message);
		case "too_big":
			return isOfZod(issue) ? `expected ${issue.maximum} at most` : plain(message);
		case "invalid_value":
			return `expected one of ${issue.values.map(String).join(", ")}`;
		case "invalid_format":
			return wanted(message.replace(/^Invalid string: must /, "a text that must "));
		case "invalid_key":
			return issue.issues.map(expectation).join("; ");
		default:
			return plain(message);
	}
}

function least({ origin, minimum, inclusive }: z.core.$ZodIssueTooSmall): string {
	if (origin === "string")
		return minimum === 1 ? "expected a text that is not empty" : `expected ${minimum} signs at least`;
	return inclusive === false ? `expected more than ${minimum}` : `expected ${minimum} at least`;
}

const plain = (message: string): string => message.charAt(0).toLowerCase() + message.slice(1);

const wanted = (message: string): string => (message.startsWith("expected ") ? message : `expected ${message}`);
