import { countUpTo } from "../../system/ascending.ts";
import type { FilePlace } from "../place.ts";
import { languageOf, type Language } from "./languages.ts";
import { mayMatch } from "./may-match.ts";
import { Trigrams, trigramsOf } from "./trigrams.ts";

/** A text file of the tree. */
export class SourceFile {
	readonly language: Language;
	#lines: readonly string[] | undefined;
	#starts: Uint32Array | undefined;
	#trigrams: Trigrams | undefined;

	/** From the root, with slashes. */
	readonly path: string;
	/** With its line ends, without a byte-order mark. */
	readonly text: string;
	/** Whether git, or else the file system, says that it can be executed. Undefined where nobody says (Windows). */
	readonly executable: boolean | undefined;
	readonly byteOrderMark: boolean;

	constructor(path: string, text: string, executable: boolean | undefined, byteOrderMark = false) {
		this.path = path;
		this.text = text;
		this.executable = executable;
		this.byteOrderMark = byteOrderMark;
		this.language = languageOf(path, text);
	}

	/** Whether a pattern may match in the text or a part of it. It says no at once where a literal that it needs is missing. */
	mayMatch(pattern: RegExp): boolean {
		this.#trigrams ??= new Trigrams(this.text);
		return mayMatch(pattern, this.#trigrams);
	}

	/** Whether a pattern matches in the text. */
	has(pattern: RegExp): boolean {
		return this.mayMatch(pattern) && this.text.search(pattern) !== -1;
	}

	/** Whether a literal stands in the text. */
	includes(literal: string): boolean {
		this.#trigrams ??= new Trigrams(this.text);
		return this.#trigrams.mayHold(trigramsOf(literal)) && this.text.includes(literal);
	}

	/** All matches of a pattern with the flag g. */
	matches(pattern: RegExp): RegExpExecArray[] {
		return this.mayMatch(pattern) ? [...this.text.matchAll(pattern)] : [];
	}

	/** Without their ends. */
	get lines(): readonly string[] {
		this.#lines ??= this.text.split(this.text.includes("\r") ? /\r\n|\n|\r/ : "\n");
		return this.#lines;
	}

	/** Where a line begins in `text`; `line` counts from 1. */
	startOf(line: number): number {
		return this.#lineStarts[line - 1] ?? this.text.length;
	}

	get #lineStarts(): Uint32Array {
		this.#starts ??= startsOfLines(this.text);
		return this.#starts;
	}

	/** The line of an offset in `text`, counted from 1. */
	lineAt(offset: number): number {
		return countUpTo(this.#lineStarts, offset);
	}

	/** A line as evidence; `line` counts from 1. */
	place(line: number): FilePlace {
		return { path: this.path, line, text: this.lines[line - 1] ?? "" };
	}

	/** The line of an offset as evidence. */
	placeAt(offset: number): FilePlace {
		return this.place(this.lineAt(offset));
	}
}

function startsOfLines(text: string): Uint32Array {
	const starts = [0];
	const end = /\r\n|\n|\r/g;
	if (text.includes("\r")) while (end.test(text)) starts.push(end.lastIndex);
	else for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
	return new Uint32Array(starts);
}
