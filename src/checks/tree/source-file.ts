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
		this.#lines ??= this.text.split(/\r\n|\n|\r/);
		return this.#lines;
	}

	/** The line of an offset in `text`, counted from 1. */
	lineAt(offset: number): number {
		this.#starts ??= [0, ...[...this.text.matchAll(/\r\n|\n|\r/g)].map(({ index, 0: end }) => index + end.length)];
		let [low, high] = [0, this.#starts.length - 1];
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.#starts[middle]! <= offset) low = middle;
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
