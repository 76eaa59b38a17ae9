import { arithmeticEnd } from "./quotes.ts";
import type { Word } from "./script.ts";
import { BLANK, BREAKS, Scanner, Stop } from "./scanner.ts";

/** A keyword that waits for the one that closes it. */
export interface Open {
	word: string;
	at: number;
	/** `case`: a pattern is next. */
	pattern?: boolean;
	/** `if`: it had its `then`. */
	hasThen?: boolean;
}

const OPENERS: Readonly<Record<string, string>> = { if: "fi", case: "esac", do: "done", "{": "}" };
const CLOSERS = new Set(["fi", "esac", "done", "}"]);
const GO_ON = new Set(["then", "else", "elif", "while", "until", "!", "time", "coproc"]);

export const closerOf = (word: string): string => OPENERS[word]!;

/** What stands inside `case`, loops, `if` and `[[`. */
export abstract class Clauses extends Scanner {
	/** Whether the word is one, so that a command begins after it. */
	protected keyword(word: Word, open: Open[]): boolean {
		const { text, start } = word;
		if (CLOSERS.has(text)) {
			const top = open.pop();
			if (top === undefined) throw new Stop(`\`${text}\` closes nothing`, start);
			if (OPENERS[top.word] !== text) throw new Stop(`\`${top.word}\` is closed by \`${text}\``, top.at);
			if (text === "fi" && !top.hasThen) throw new Stop("`if` has no `then`", top.at);
			return true;
		}
		if (text === "then" || text === "else" || text === "elif") {
			const top = open.at(-1);
			if (top?.word !== "if") throw new Stop(`\`${text}\` without \`if\``, start);
			top.hasThen = true;
		}
		if (text === "case") {
			open.push({ word: "case", at: start, pattern: true });
			this.blanks();
			this.word();
			this.skipTo("in");
			return true;
		}
		if (text in OPENERS && Object.hasOwn(OPENERS, text)) {
			open.push({ word: text, at: start });
			return true;
		}
		if (text === "for" || text === "select") this.loopHead();
		return GO_ON.has(text) || text === "for" || text === "select";
	}

	/** Steps over one pattern of `case`; false when `esac` is next. */
	protected casePattern(top: Open): boolean {
		while (/[\s;]/.test(this.text[this.at] ?? "")) this.newlineOr();
		if (this.text[this.at] === "#") {
			this.blanks();
			return true;
		}
		top.pattern = false;
		if (/^esac(?![\w-])/.test(this.text.slice(this.at, this.at + 5))) return false;
		if (this.text[this.at] === "(") this.at += 1;
		for (;;) {
			this.blanks();
			const char = this.text[this.at];
			if (char === undefined) return false;
			if (char === ")") {
				this.at += 1;
				return true;
			}
			if (char === "|" || char === "\n") this.at += 1;
			else if (BREAKS.test(char)) throw new Stop("a pattern of `case` has no `)`", this.at);
			else this.word();
		}
	}

	protected loopHead(): void {
		this.blanks();
		if (this.text.startsWith("((", this.at)) {
			this.at = arithmeticEnd(this.text, this.at + 2) ?? this.at;
			return;
		}
		for (let words = 0; this.at < this.text.length && !/[\n;]/.test(this.text[this.at]!); words += 1) {
			if (BREAKS.test(this.text[this.at]!)) throw new Stop("a loop without `do`", this.at);
			if (words === 1 && /^do\s/.test(this.text.slice(this.at, this.at + 3))) return;
			this.word();
			this.blanks();
		}
	}

	protected skipTo(keyword: string): void {
		while (BLANK.test(this.text[this.at] ?? "") || this.text[this.at] === "\n") this.newlineOr();
		const found = this.text.slice(this.at, this.at + keyword.length);
		if (found !== keyword) throw new Stop(`\`case\` without \`${keyword}\``, this.at);
		this.at += keyword.length;
	}

	/** `[[ … ]]`, where `<`, `(` and `|` are operators of the test. */
	protected test(start: number): void {
		for (;;) {
			while (/\s/.test(this.text[this.at] ?? "")) this.at += 1;
			if (this.at >= this.text.length) throw new Stop("`[[` has no `]]`", start);
			const from = this.at;
			while (this.at < this.text.length && !/\s/.test(this.text[this.at]!)) this.piece();
			if (/^\]\][;)&|]?/.test(this.text.slice(from, this.at))) {
				this.at = from + 2;
				return;
			}
		}
	}
}
