import { arithmeticEnd, braceEnd, quotedEnd, unquoted } from "./quotes.ts";
import type { ShellFault, Word } from "./script.ts";

/** What no shell reads on from. */
export class Stop extends Error {
	readonly at: number;
	constructor(message: string, at: number) {
		super(message);
		this.at = at;
	}
}

/** What a here-document belongs to. */
export interface Receiver {
	heredoc?: { text: string; start: number };
}

interface Pending {
	command: Receiver;
	end: string;
	tabs: boolean;
	at: number;
}

export const BLANK = /[ \t\r]/;
const PLAIN = /[\w./:,=-]+/y;
export const BREAKS = /[\s;&|()<>]/;

/** The same of one character, of which most are of ASCII. */
const isBreak = (char: string): boolean => (char > "\u007F" ? BREAKS.test(char) : " \t\n\v\f\r;&|()<>".includes(char));

/** Words and here-documents of a shell's text; what commands are is for those that extend it. */
export abstract class Scanner {
	readonly faults: ShellFault[] = [];
	protected readonly text: string;
	protected at = 0;
	protected substitutions = 0;
	protected pending: Pending[] = [];

	constructor(text: string) {
		this.text = text;
	}

	/** Commands up to `)` when `until` is the offset of its `(`, else to the end. */
	abstract list(until: number | undefined): void;

	protected newlineOr(): void {
		if (this.text[this.at] === "\n") this.newline();
		else this.at += 1;
	}

	protected newline(): void {
		this.at += 1;
		this.bodies();
	}

	/** Reads the here-documents that begin here. */
	protected bodies(): void {
		for (const { command, end, tabs, at } of this.pending.splice(0)) {
			const start = this.at;
			for (;;) {
				if (this.at >= this.text.length) {
					this.faults.push({ message: `the here-document \`${end}\` has no end`, at });
					break;
				}
				const stop = this.text.indexOf("\n", this.at);
				const line = this.text.slice(this.at, stop === -1 ? this.text.length : stop).replace(/\r$/, "");
				const bare = tabs ? line.replace(/^\t+/, "") : line;
				if (bare === end || (this.substitutions > 0 && bare.startsWith(`${end})`))) {
					command.heredoc = { text: this.text.slice(start, this.at), start };
					this.at = bare === end ? (stop === -1 ? this.text.length : stop + 1) : this.at + line.indexOf(")");
					break;
				}
				this.at = stop === -1 ? this.text.length : stop + 1;
			}
		}
	}

	/** Blanks, continued lines and a comment. */
	protected blanks(): void {
		for (;;) {
			const char = this.text[this.at];
			if (char === " " || char === "\t" || char === "\r") this.at += 1;
			else if (char === "\\" && /^\\\r?\n/.test(this.text.slice(this.at, this.at + 3)))
				this.at = this.text.indexOf("\n", this.at) + 1;
			else if (char === "#") {
				const end = this.text.indexOf("\n", this.at);
				this.at = end === -1 ? this.text.length : end;
			} else return;
		}
	}

	protected word(): Word {
		const start = this.at;
		while (this.at < this.text.length && !isBreak(this.text[this.at]!)) {
			this.piece();
			if (this.text[this.at] === "(") this.inWord(start);
		}
		if (/[<>]\(/.test(this.text.slice(this.at, this.at + 2)) && this.at === start) {
			this.at += 1;
			this.substitution(this.at);
		}
		if (this.at === start) throw new Stop(`\`${this.text[start] ?? "the end"}\` where a word is wanted`, start);
		const { text, quoted, dynamic } = unquoted(this.text.slice(start, this.at));
		return { text, start, end: this.at, quoted, dynamic };
	}

	/** `a=(…)` and patterns such as `!(…)`. */
	protected inWord(start: number): void {
		const before = this.text.slice(start, this.at);
		if (/^[\w[\]$@*-]+\+?=$/.test(before)) this.array();
		else if (/[?*+@!]$/.test(before)) {
			let depth = 0;
			do {
				const char = this.text[this.at];
				if (char === undefined || char === "\n") throw new Stop("`(` is not closed", start);
				if (char === "(" || char === ")") {
					depth += char === "(" ? 1 : -1;
					this.at += 1;
				} else this.piece();
			} while (depth > 0);
		}
	}

	protected array(): void {
		const open = this.at;
		this.at += 1;
		for (;;) {
			this.blanks();
			const char = this.text[this.at];
			if (char === undefined) throw new Stop("`(` is not closed", open);
			this.at += char === "\n" || char === ")" ? 1 : 0;
			if (char === ")") return;
			if (char !== "\n") this.word();
		}
	}

	/** Plain characters, one quoted string or one expansion. */
	protected piece(): void {
		const char = this.text[this.at]!;
		const next = this.text[this.at + 1];
		if (char === "\\") this.at += this.text.startsWith("\\\r\n", this.at) ? 3 : 2;
		else if (char === "'" || char === "`" || (char === "$" && next === "'"))
			this.at = this.closed(quotedEnd(this.text, this.at), char === "`" ? "a backtick" : "a single quote");
		else if (char === '"') this.double();
		else if (char === "$" && next === '"') this.at += 1;
		else if (char === "$" && next === "{") this.at = this.closed(braceEnd(this.text, this.at + 2, false), "`${`");
		else if (char === "$" && next === "(") this.dollar();
		else this.at += this.plain();
	}

	/** How many characters that mean nothing to a shell begin here; at least one. */
	protected plain(): number {
		PLAIN.lastIndex = this.at + 1;
		return 1 + (PLAIN.exec(this.text)?.[0].length ?? 0);
	}

	protected closed(end: number | undefined, what: string): number {
		if (end === undefined) throw new Stop(`${what} is not closed`, this.at);
		return end;
	}

	protected double(): void {
		const start = this.at;
		this.at += 1;
		for (;;) {
			const char = this.text[this.at];
			const next = this.text[this.at + 1];
			if (char === undefined) throw new Stop("a double quote is not closed", start);
			if (char === '"') break;
			if (char === "\\") this.at += 2;
			else if (char === "`") this.at = this.closed(quotedEnd(this.text, this.at), "a backtick");
			else if (char === "$" && next === "{") this.at = this.closed(braceEnd(this.text, this.at + 2, true), "`${`");
			else if (char === "$" && next === "(") this.dollar();
			else this.at += 1;
		}
		this.at += 1;
	}

	protected dollar(): void {
		if (this.text[this.at + 2] === "(") {
			const end = arithmeticEnd(this.text, this.at + 3);
			if (end !== undefined) {
				this.at = end;
				return;
			}
		}
		this.at += 1;
		this.substitution(this.at);
	}

	protected substitution(open: number): void {
		const pending = this.pending;
		this.pending = [];
		this.at += 1;
		this.substitutions += 1;
		this.list(open);
		this.substitutions -= 1;
		this.pending = [...pending, ...this.pending];
	}
}
