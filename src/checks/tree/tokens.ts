import { parser as markdown } from "@lezer/markdown";
import { countUpTo } from "../../system/ascending.ts";
import { markdownTree } from "../../system/markdown-nodes.ts";
import type { Language } from "./languages.ts";
import { once } from "./once.ts";
import type { SourceFile } from "./source-file.ts";
import { pythonSyntax, scriptSyntax } from "./syntax.ts";
import { streamSpans, type Span, type TokenKind } from "./token-streams.ts";

export type { TokenKind };

/** The file is parsed when it is asked about for the first time. Offsets count UTF-16 units of `file.text`. */
export function kindAt(file: SourceFile, offset: number): TokenKind {
	const spans = spansOf(file);
	let [low, high] = [0, spans.length];
	while (low < high) {
		const middle = (low + high) >> 1;
		if (spans[middle]!.to <= offset) low = middle + 1;
		else high = middle;
	}
	const span = spans[low];
	if (span && span.from <= offset) return span.kind;
	return file.language === "markdown" || file.language === "text" ? "prose" : "code";
}

/** Only a file where one could begin before the offset is parsed. */
export const isComment = (file: SourceFile, offset: number): boolean =>
	mayBeComment(file, offset) && kindAt(file, offset) === "comment";

function mayBeComment(file: SourceFile, offset: number): boolean {
	const { language, text } = file;
	const before = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset + 2);
	const open = (begin: string, end: string): boolean => lastOf(file, begin, offset) > lastOf(file, end, offset);
	if (language === "javascript") return before.includes("//") || open("/*", "*/");
	if (language === "python") return before.includes("#") || inTriple(file, offset);
	if (language === "shell" || language === "nginx" || language === "toml" || language === "yaml")
		return before.includes("#");
	return language !== "powershell" || before.includes("#") || open("<#", "#>");
}

const inTriple = (file: SourceFile, offset: number): boolean =>
	(countTo(file, '"""', offset - 1) + countTo(file, "'''", offset - 1)) % 2 === 1;

const marksOf = once<SourceFile, Map<string, readonly number[]>>(() => new Map());

/** Where a mark stands in a file, looked for once. */
function offsetsOf(file: SourceFile, mark: string): readonly number[] {
	const known = marksOf(file);
	const before = known.get(mark);
	if (before !== undefined) return before;
	const found = allOf(file.text, mark);
	known.set(mark, found);
	return found;
}

function allOf(text: string, mark: string): number[] {
	const found = [];
	for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, at + mark.length)) found.push(at);
	return found;
}

/** Offset of the last of a mark that begins at an offset or before it; -1 where there is none. */
const lastOf = (file: SourceFile, mark: string, offset: number): number =>
	offsetsOf(file, mark)[countTo(file, mark, offset) - 1] ?? -1;

/** How many of a mark begin at an offset or before it. */
const countTo = (file: SourceFile, mark: string, offset: number): number => countUpTo(offsetsOf(file, mark), offset);

/** Whether the first character of a line that is no blank is in a comment; `line` counts from 1. */
export function isCommentLine(file: SourceFile, line: number): boolean {
	const text = file.lines[line - 1] ?? "";
	const blank = text.length - text.trimStart().length;
	return blank < text.length && isComment(file, file.startOf(line) + blank);
}

const spansOf = once((file: SourceFile): readonly Span[] => SPANS[file.language]?.(file) ?? []);

const SPANS: Partial<Record<Language, (file: SourceFile) => Span[]>> = {
	python: pythonSpans,
	javascript: javascriptSpans,
	markdown: markdownSpans,
	shell: ({ text }) => streamSpans("shell", text),
	powershell: ({ text }) => streamSpans("powershell", text),
	nginx: ({ text }) => streamSpans("nginx", text),
	yaml: ({ text }) => streamSpans("yaml", text).flatMap((span) => shellComments(text, span)),
	toml: ({ text }) => streamSpans("toml", text),
	json: ({ text }) =>
		matches(text, /"(?:[^"\\\n]|\\.)*"|\/\/.*|\/\*[^]*?\*\//g, (token) =>
			token.startsWith('"') ? "string" : "comment",
		),
	ini: ({ text }) => matches(text, /^[ \t]*[;#].*|[ \t];.*/gm),
	env: ({ text }) => matches(text, /^[ \t]*#.*|(?<=[ \t])#.*/gm),
	requirements: ({ text }) => matches(text, /(?<![^\s])#.*/gm),
	dockerfile: ({ text }) => matches(text, /^[ \t]*#.*/gm),
	batch: ({ text }) => matches(text, /^[ \t]*@?(?:rem\b.*|::.*)/gim),
};

function matches(text: string, pattern: RegExp, kind: (token: string) => TokenKind = () => "comment"): Span[] {
	return [...text.matchAll(pattern)].map(({ 0: token, index }) => {
		return { from: index, to: index + token.length, kind: kind(token) };
	});
}

/** A literal block of YAML is one string to YAML; a line of it that begins with # is a comment to whoever runs it. */
function shellComments(text: string, span: Span): Span[] {
	if (span.kind !== "string" || !/^\s*#/.test(text.slice(span.from, span.to))) return [span];
	return [{ ...span, kind: "comment" }];
}

const DOCSTRING = /^ExpressionStatement$/;

function pythonSpans(file: SourceFile): Span[] {
	const spans: Span[] = [];
	pythonSyntax(file).iterate({
		enter({ name, from, to, node }) {
			if (name === "Comment") spans.push({ from, to, kind: "comment" });
			if (!/^(?:Format)?String$|^ContinuedString$/.test(name)) return true;
			spans.push({ from, to, kind: DOCSTRING.test(node.parent?.name ?? "") ? "comment" : "string" });
			return false;
		},
	});
	return spans;
}

const SCRIPT: Readonly<Record<string, TokenKind>> = {
	LineComment: "comment",
	BlockComment: "comment",
	String: "string",
	TemplateString: "string",
	JSXText: "string",
	JSXAttributeValue: "string",
};

function javascriptSpans(file: SourceFile): Span[] {
	const spans: Span[] = [];
	scriptSyntax(file).iterate({
		enter({ name, from, to }) {
			const kind = SCRIPT[name];
			if (kind === undefined) return true;
			spans.push({ from, to, kind });
			return false;
		},
	});
	return spans;
}

/** Blocks alone: what stands inside a line is prose. */
const blocks = markdown.configure({
	remove: ["Escape", "Entity", "InlineCode", "HTMLTag", "Emphasis", "HardBreak", "Link", "Image", "LinkEnd"],
});

function markdownSpans({ text }: SourceFile): Span[] {
	const spans: Span[] = [];
	markdownTree(blocks, text).iterate({
		enter({ name, from, to }) {
			if (name === "FencedCode" || name === "CodeBlock") spans.push({ from, to, kind: "code" });
			else if (name === "CommentBlock") spans.push({ from, to, kind: "comment" });
		},
	});
	return spans;
}
