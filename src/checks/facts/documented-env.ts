import type { SourceFile } from "../tree/source-file.ts";
import { kindAt } from "../tree/tokens.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** A name of the environment that a document tells to set. */
export interface Documented {
	name: string;
	file: SourceFile;
	/** Counted from 1. */
	line: number;
}

const NAME = "[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]";
/** `NAME=value` as a code span, or after the word set; a row of a table below a title that speaks of the environment. */
const TOLD = new RegExp(`\`(${NAME})=[^\`\\n$]*\`|\\b[Ss]et(?:ting)?\\s+(?:the\\s+)?\`(${NAME})\``, "g");
const ROW = new RegExp(`^\\|\\s*\`(${NAME})\`\\s*\\|`);
const LINE = new RegExp(`^\\s*(?:export\\s+)?(${NAME})=(?!=)\\S*\\s*(?:#.*)?$`);
const SUBJECT = /environment|variable|settings?\b|configuration/i;
const PAST =
	/no longer|removed|deprecat|was\b|were\b|former|\bold\b|obsolete|retired|ignored|\bnot\b|build.arg|--build-arg|cmake|-D/i;

export const documentedIn = (tree: Tree): Documented[] =>
	tree
		.in("markdown")
		.filter(({ path, text }) => standingOf(path) === "docs" && text.length < 400_000)
		.flatMap(inDocument);

function inDocument(file: SourceFile): Documented[] {
	let [heading, header, at] = ["", "", 0];
	return file.lines.flatMap((text, index) => {
		const start = at;
		at += text.length + 1;
		if (/^#{1,6}\s/.test(text)) [heading, header] = [text, ""];
		if (text.startsWith("|") && file.lines[index - 1]?.startsWith("|") !== true) header = text;
		if (text.length > 500 || !/[A-Z]_[A-Z]/.test(text) || PAST.test(text) || PAST.test(heading)) return [];
		const names = [...text.matchAll(TOLD)].map(([, given, set]) => (given ?? set)!);
		const row = ROW.exec(text)?.[1];
		if (row !== undefined && (SUBJECT.test(heading) || SUBJECT.test(header))) names.push(row);
		const line = LINE.exec(text)?.[1];
		const isRead = line !== undefined && new RegExp(`\\$\\{?${line}\\b`).test(file.text);
		if (line !== undefined && SUBJECT.test(heading) && !isRead && kindAt(file, start) === "code") names.push(line);
		return [...new Set(names)].map((name) => ({ name, file, line: index + 1 }));
	});
}
