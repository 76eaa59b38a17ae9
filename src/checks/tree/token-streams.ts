import { nginx } from "@codemirror/legacy-modes/mode/nginx";
import { powerShell } from "@codemirror/legacy-modes/mode/powershell";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { toml } from "@codemirror/legacy-modes/mode/toml";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import { StringStream, type StreamParser } from "@codemirror/streamparser";

/** What stands at an offset. A docstring of Python is a comment; `prose` is the text of a document outside of its code. */
export type TokenKind = "code" | "comment" | "prose" | "string";

/** Ascending, without overlap. What lies between two is code (in a document: prose). */
export interface Span {
	from: number;
	to: number;
	kind: TokenKind;
}

const MODES = { nginx, powershell: powerShell, shell, toml, yaml } as unknown as Record<string, StreamParser<unknown>>;

/** Comments and strings as CodeMirror's line-by-line modes tell them, here documents and block comments included. */
export function streamSpans(name: "nginx" | "powershell" | "shell" | "toml" | "yaml", text: string): Span[] {
	const mode = MODES[name]!;
	const state = mode.startState?.(2) ?? {};
	const spans: Span[] = [];
	for (const { 0: line, index } of text.matchAll(/[^\r\n]+|(?<=\n)(?=\r?\n)/g)) {
		if (line === "") mode.blankLine?.(state, 2);
		else lineSpans(mode, state, line, index, spans);
	}
	return spans;
}

function lineSpans(mode: StreamParser<unknown>, state: unknown, line: string, start: number, spans: Span[]): void {
	const stream = new StringStream(line, 4, 2);
	while (!stream.eol()) {
		stream.start = stream.pos;
		const style = mode.token(stream, state) ?? "";
		const [from, to] = [start + stream.start, start + stream.pos];
		const last = spans.at(-1);
		const kind = kindOf(style, line, stream.start);
		if (kind === undefined || from === to) continue;
		if (last?.kind === kind && last.to === from) last.to = to;
		else spans.push({ from, to, kind });
	}
}

/** The modes take every # for a comment; in a word, such as `a#b`, it is none. */
function kindOf(style: string, line: string, at: number): "comment" | "string" | undefined {
	if (style.startsWith("comment"))
		return line[at] !== "#" || at === 0 || /[\s;(){}|&]/.test(line[at - 1]!) ? "comment" : undefined;
	return style.startsWith("string") ? "string" : undefined;
}
