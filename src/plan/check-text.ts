import { z } from "zod";
import { didYouMean } from "../system/nearest.ts";
import { checkSchema, type Check, type Recorded, type RecordedCheck } from "./check.ts";

/** The words of the canonical text, `check: WORD …`, and how its arguments are read. */
const FORMS: Readonly<Record<string, (args: string[]) => unknown>> = {
	"file-contains": (args) => search("text", "present", args),
	"file-lacks": (args) => search("text", "absent", args),
	"file-matches": (args) => search("regex", "present", args),
	"file-never-matches": (args) => search("regex", "absent", args),
	"file-exists": ([path, ...more]) => ({ kind: "file", path, expect: "present", ...unread(more) }),
	"file-absent": ([path, ...more]) => ({ kind: "file", path, expect: "absent", ...unread(more) }),
	"file-mode": ([path, mode, ...more]) => ({ kind: "mode", path, mode, ...unread(more) }),
	"yaml-parses": (files) => ({ kind: "yaml", files }),
	"http-status": ([url, status, ...more]) => ({ kind: "http", url, status: Number(status), ...unread(more) }),
	"poller-present": ([queue, ...more]) => ({ kind: "poller", queue, ...unread(more) }),
};
export const CHECK_WORDS: readonly string[] = Object.keys(FORMS);

const search = (kind: string, expect: string, args: string[]): unknown => ({
	...{ kind, expect, files: args.slice(0, -1) },
	pattern: args.at(-1),
});

/** Arguments too many make it invalid. */
const unread = (more: readonly string[]): object => (more.length > 0 ? { more } : {});

/** What ends a code span, a line or a word, or is not seen: written as a JSON escape. */
const UNSEEN = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}`]--[\n]]/gv;
const BARE = /^[\p{L}\p{N}_@%+=:,./*?&#~[\](){}|^$!;<>-]+$/u;

const escaped = (character: string): string =>
	[...Array(character.length).keys()]
		.map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
		.join("");

const quoted = (text: string): string => JSON.stringify(text).replaceAll(UNSEEN, escaped);
const word = (text: string): string => (BARE.test(text) ? text : quoted(text));

/** The canonical text of a check, without backticks around it. `parseCheck(checkText(check))` gives it back. */
export function checkText(check: Check): string {
	const words = wordsOf(check);
	return `check: ${words.join(" ")}`;
}

function wordsOf(check: Check): string[] {
	switch (check.kind) {
		case "text":
			return [
				check.expect === "present" ? "file-contains" : "file-lacks",
				...check.files.map(word),
				quoted(check.pattern),
			];
		case "regex":
			return [
				check.expect === "present" ? "file-matches" : "file-never-matches",
				...check.files.map(word),
				quoted(check.pattern),
			];
		case "file":
			return [check.expect === "present" ? "file-exists" : "file-absent", word(check.path)];
		case "mode":
			return ["file-mode", word(check.path), check.mode];
		case "yaml":
			return ["yaml-parses", ...check.files.map(word)];
		case "http":
			return ["http-status", word(check.url), String(check.status)];
		case "poller":
			return ["poller-present", word(check.queue)];
	}
}

/** The check that a text is, with or without `check:` in front, or why it is none. */
export function parseCheck(text: string): { check: Check } | { fault: string } {
	const words = split(text.replace(/^\s*check:/, "").trim());
	if (words === undefined) return { fault: 'a quotation mark is not closed, or "…" is no JSON string' };
	const [name = "", ...args] = words;
	const form = Object.hasOwn(FORMS, name) ? FORMS[name] : undefined;
	if (!form) {
		const hint = didYouMean(name, CHECK_WORDS, `there are ${CHECK_WORDS.join(", ")}`);
		return { fault: `no check is called ${name || "nothing"}: ${hint}` };
	}
	const read = checkSchema.safeParse(form(args));
	return read.success ? { check: read.data } : { fault: `${name}: ${faultOf(read.error)}` };
}

const faultOf = ({ issues }: z.ZodError): string =>
	issues.map(({ path, message }) => (path.length > 0 ? `${path.join(".")} ${message}` : message)).join("; ");

/** Words, and JSON strings in quotation marks; undefined where one of these cannot be read. */
function split(text: string): string[] | undefined {
	const words: string[] = [];
	for (const [, string, bare] of text.matchAll(/("(?:[^"\\]|\\.)*"(?!\S))|(\S+)/gu)) {
		if (bare?.startsWith('"')) return undefined;
		const read = string === undefined ? bare! : jsonString(string);
		if (read === undefined) return undefined;
		words.push(read);
	}
	return words;
}

function jsonString(text: string): string | undefined {
	try {
		return JSON.parse(text) as string;
	} catch {
		return undefined;
	}
}

const OUTCOMES: readonly Recorded[] = ["passed", "failed", "not verified"];
const ITEM = /^`check: ([^`]*)`(?:\s*→\s*([a-z ]+?)(?:: (.*))?)?$/s;

/** A point of a list that is a check: the check in a code span, an arrow, how it ended, what was seen. */
export const checkItem = (check: Check, outcome: Recorded, observed: string): string =>
	`\`${checkText(check)}\` → ${outcome}: ${observed}`;

/** The check of such a point; why there is none when it looks like one; undefined for any other text. */
export function readCheckItem(text: string, line: number): RecordedCheck | { line: number; fault: string } | undefined {
	if (!/`check:/.test(text)) return undefined;
	const [whole, inside = "", outcome, observed] = ITEM.exec(text) ?? [];
	if (whole === undefined) return { line, fault: "a check is a code span alone, perhaps with → passed: … behind it" };
	const read = parseCheck(inside);
	if ("fault" in read) return { line, fault: read.fault };
	if (outcome !== undefined && !OUTCOMES.includes(outcome as Recorded))
		return { line, fault: `→ ${outcome} is no outcome: ${OUTCOMES.join(", ")}` };
	return {
		...{ line, check: read.check },
		...(outcome === undefined ? {} : { outcome: outcome as Recorded }),
		...(observed === undefined ? {} : { observed }),
	};
}
