import type { FilePlace } from "../place.ts";
import { languageOf, type Language } from "./languages.ts";

/** A text file of the tree. */
export class SourceFile {
	readonly language: Language;
	#lines: readonly string[] | undefined;
	#starts: readonly number[] | undefined;

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

	/** Without their ends. */
	get lines(): readonly string[] {
		this.#lines ??= this.text.split(this.text.includes("\r") ? /\r\n|\n|\r/ : "\n");
		return this.#lines;
	}

	/** Where a line begins in `text`; `line` counts from 1. */
	startOf(line: number): number {
		return this.#lineStarts[line - 1] ?? this.text.length;
	}

	get #lineStarts(): readonly number[] {
		this.#starts ??= startsOfLines(this.text);
		return this.#starts;
	}

	/** The line of an offset in `text`, counted from 1. */
	lineAt(offset: number): number {
		const starts = this.#lineStarts;
		let [low, high] = [0, starts.length - 1];
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (starts[middle]! <= offset) low = middle;
			else high = middle - 1;
		}
		return low + 1;
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

function startsOfLines(text: string): number[] {
	const starts = [0];
	const end = /\r\n|\n|\r/g;
	while (end.test(text)) starts.push(end.lastIndex);
	return starts;
}
