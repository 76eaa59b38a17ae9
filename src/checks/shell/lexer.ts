import { arithmeticEnd, braceEnd, quotedEnd, unquoted } from "./quotes.ts";

/** A word of a command, with `$` expansions as they are written. */
export interface Word {
	/** Without quotes. */
	text: string;
	/** Offsets in the text that was parsed. */
	start: number;
	end: number;
	quoted: boolean;
	/** Its value depends on an expansion. */
	dynamic: boolean;
}

/** What stands between a command and the one before it. */
export type Joint = "" | "&&" | "||" | "|" | ";" | "&" | "(" | "{" | ")" | "\n" | "keyword";

/** One simple command. */
export interface Command {
	/** Without redirections. Leading assignments are among them. */
	words: readonly Word[];
	/** Targets of `>` and `>>`. */
	writes: readonly Word[];
	/** Targets of `<`. */
	reads: readonly Word[];
	before: Joint;
	/** Of groups: `(`, `{`, if, case, loops, `$(`. */
	depth: number;
	/** Inside `$(…)`. */
	nested: boolean;
	/** The body of its here-document. */
	heredoc?: { text: string; start: number };
}

export interface ShellFault {
	message: string;
	at: number;
}

export interface Script {
	commands: readonly Command[];
	/** What no shell would run. */
	faults: readonly ShellFault[];
}

class Stop extends Error {
	readonly at: number;
	constructor(message: string, at: number) {
		super(message);
		this.at = at;
	}
}

/** A keyword that waits for the one that closes it. */
interface Open {
	word: string;
	at: number;
	/** `case`: a pattern is next. */
	pattern?: boolean;
	/** `if`: it had its `then`. */
	then?: boolean;
}

interface Pending {
	command: { heredoc?: { text: string; start: number } };
	end: string;
	tabs: boolean;
	at: number;
}

const OPENERS: Readonly<Record<string, string>> = { if: "fi", case: "esac", do: "done", "{": "}" };
const CLOSERS = new Set(["fi", "esac", "done", "}"]);
const GO_ON = new Set(["then", "else", "elif", "while", "until", "!", "time", "coproc"]);
const BLANK = /[ \t\r]/;
const BREAKS = /[\s;&|()<>]/;

/** Reads POSIX and bash scripts as far as their commands: quotes, groups, here-documents, not their meaning. */
export function parseShell(text: string): Script {
	const parser = new Parser(text);
	const faults: ShellFault[] = [];
	try {
		parser.list(undefined);
	} catch (error) {
		if (!(error instanceof Stop)) throw error;
		faults.push({ message: error.message, at: error.at });
	}
	return { commands: parser.commands, faults: [...parser.faults, ...faults] };
}

class Parser {
	readonly commands: Command[] = [];
	readonly faults: ShellFault[] = [];
	readonly #text: string;
	#at = 0;
	#depth = 0;
	#substitutions = 0;
	#pending: Pending[] = [];

	constructor(text: string) {
		this.#text = text;
	}

	/** Commands up to `)` when `until` is the offset of its `(`, else to the end. */
	list(until: number | undefined): void {
		const open: Open[] = [];
		let before: Joint = "";
		for (;;) {
			this.#blanks();
			const top = open.at(-1);
			if (top?.pattern && this.#casePattern(top)) continue;
			if (this.#at >= this.#text.length) break;
			const joint = this.#joint();
			if (joint === ")") {
				if (open.length > 0) throw new Stop(`\`${open.at(-1)!.word}\` is not closed`, open.at(-1)!.at);
				if (until === undefined) throw new Stop("`)` without `(`", this.#at - 1);
				return;
			}
			if (joint !== undefined) {
				if (joint === ";;" && top?.word === "case") top.pattern = true;
				before =
					joint === ";;"
						? ";"
						: joint === "\n" && (before === "&&" || before === "||" || before === "|")
							? before
							: joint;
				continue;
			}
			before = this.#command(open, before);
		}
		const left = open.at(-1);
		if (left !== undefined) throw new Stop(`\`${left.word}\` has no \`${OPENERS[left.word]}\``, left.at);
		if (until !== undefined) throw new Stop("`(` is not closed", until);
		this.#bodies();
	}

	/** Steps over one pattern of `case`; false when `esac` is next. */
	#casePattern(top: Open): boolean {
		while (/[\s;]/.test(this.#text[this.#at] ?? "")) this.#newlineOr();
		if (this.#text[this.#at] === "#") {
			this.#blanks();
			return true;
		}
		top.pattern = false;
		if (/^esac(?![\w-])/.test(this.#text.slice(this.#at, this.#at + 5))) return false;
		if (this.#text[this.#at] === "(") this.#at += 1;
		for (;;) {
			this.#blanks();
			const char = this.#text[this.#at];
			if (char === undefined) return false;
			if (char === ")") {
				this.#at += 1;
				return true;
			}
			if (char === "|" || char === "\n") this.#at += 1;
			else if (BREAKS.test(char)) throw new Stop("a pattern of `case` has no `)`", this.#at);
			else this.#word();
		}
	}

	#newlineOr(): void {
		if (this.#text[this.#at] === "\n") this.#newline();
		else this.#at += 1;
	}

	#joint(): Joint | ";;" | undefined {
		const rest = this.#text.slice(this.#at, this.#at + 3);
		if (rest[0] === "\n") {
			this.#newline();
			return "\n";
		}
		const found = /^(?:;;&|;;|;&|&&|\|\||\|&|;|\||&(?!>)|\))/.exec(rest)?.[0];
		if (found === undefined) return undefined;
		this.#at += found.length;
		if (found.length > 1 && found.startsWith(";")) return ";;";
		return found === "|&" ? "|" : (found as Joint);
	}

	/** One command, or a keyword that goes before one. Returns what stands before the next. */
	#command(open: Open[], before: Joint): Joint {
		const start = this.#at;
		if (this.#text[start] === "(") return this.#parenthesis(start);
		const words: Word[] = [];
		const command: { -readonly [K in keyof Command]: Command[K] } & { writes: Word[]; reads: Word[] } = {
			words,
			writes: [],
			reads: [],
			before,
			depth: this.#depth + open.length,
			nested: this.#substitutions > 0,
		};
		for (;;) {
			this.#blanks();
			const char = this.#text[this.#at];
			if (char === undefined) break;
			if (this.#redirection(command)) continue;
			if (char === "(" && words.length === 1 && /^\([ \t]*\)/.test(this.#text.slice(this.#at))) {
				this.#at = this.#text.indexOf(")", this.#at) + 1;
				return "keyword";
			}
			if (/[\n;&|()]/.test(char)) {
				if (char === "(") throw new Stop("`(` after a word", this.#at);
				break;
			}
			const word = this.#word();
			if (words.length === 0 && !word.quoted) {
				if (this.#keyword(word, open)) return "keyword";
				if (word.text === "[[") this.#test(word.start);
				if (word.text === "function") {
					this.#blanks();
					this.#word();
					this.#blanks();
					const parens = /^\([ \t]*\)/.exec(this.#text.slice(this.#at, this.#at + 20))?.[0];
					this.#at += parens?.length ?? 0;
					return "keyword";
				}
			}
			words.push(word);
		}
		if (words.length > 0 || command.writes.length > 0) this.commands.push(command);
		return before;
	}

	#parenthesis(start: number): Joint {
		if (this.#text[start + 1] === "(") {
			const end = arithmeticEnd(this.#text, start + 2);
			if (end !== undefined) {
				this.#at = end;
				return ";";
			}
		}
		this.#at += 1;
		this.#depth += 1;
		this.list(start);
		this.#depth -= 1;
		return ")";
	}

	/** Whether the word is one, so that a command begins after it. */
	#keyword(word: Word, open: Open[]): boolean {
		const { text, start } = word;
		if (CLOSERS.has(text)) {
			const top = open.pop();
			if (top === undefined) throw new Stop(`\`${text}\` closes nothing`, start);
			if (OPENERS[top.word] !== text) throw new Stop(`\`${top.word}\` is closed by \`${text}\``, top.at);
			if (text === "fi" && !top.then) throw new Stop("`if` has no `then`", top.at);
			return true;
		}
		if (text === "then" || text === "else" || text === "elif") {
			const top = open.at(-1);
			if (top?.word !== "if") throw new Stop(`\`${text}\` without \`if\``, start);
			top.then = true;
		}
		if (text === "case") {
			open.push({ word: "case", at: start, pattern: true });
			this.#blanks();
			this.#word();
			this.#skipTo("in");
			return true;
		}
		if (text in OPENERS && Object.hasOwn(OPENERS, text)) {
			open.push({ word: text, at: start });
			return true;
		}
		if (text === "for" || text === "select") this.#loopHead();
		return GO_ON.has(text) || text === "for" || text === "select";
	}

	#loopHead(): void {
		this.#blanks();
		if (this.#text.startsWith("((", this.#at)) {
			this.#at = arithmeticEnd(this.#text, this.#at + 2) ?? this.#at;
			return;
		}
		for (let words = 0; this.#at < this.#text.length && !/[\n;]/.test(this.#text[this.#at]!); words += 1) {
			if (BREAKS.test(this.#text[this.#at]!)) throw new Stop("a loop without `do`", this.#at);
			if (words === 1 && /^do\s/.test(this.#text.slice(this.#at, this.#at + 3))) return;
			this.#word();
			this.#blanks();
		}
	}

	#skipTo(keyword: string): void {
		while (BLANK.test(this.#text[this.#at] ?? "") || this.#text[this.#at] === "\n") this.#newlineOr();
		const found = this.#text.slice(this.#at, this.#at + keyword.length);
		if (found !== keyword) throw new Stop(`\`case\` without \`${keyword}\``, this.#at);
		this.#at += keyword.length;
	}

	/** `[[ … ]]`, where `<`, `(` and `|` are operators of the test. */
	#test(start: number): void {
		for (;;) {
			while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
			if (this.#at >= this.#text.length) throw new Stop("`[[` has no `]]`", start);
			const from = this.#at;
			while (this.#at < this.#text.length && !/\s/.test(this.#text[this.#at]!)) this.#piece();
			if (/^\]\][;)&|]?/.test(this.#text.slice(from, this.#at))) {
				this.#at = from + 2;
				return;
			}
		}
	}

	#redirection(command: { writes: Word[]; reads: Word[] }): boolean {
		const found = /^(?:\d*|\{\w+\}|&)(?:<<<|<<-?|>>|>\||<>|>&|<&|<(?!\()|>(?!\())/.exec(
			this.#text.slice(this.#at, this.#at + 24),
		)?.[0];
		if (found === undefined) return false;
		const at = this.#at;
		this.#at += found.length;
		this.#blanks();
		if (/[\n;&|)]/.test(this.#text[this.#at] ?? "\n") && !/&$/.test(found))
			throw new Stop("a redirection without a target", at);
		const word = this.#word();
		if (/<<-?$/.test(found) && !found.endsWith("<<<"))
			this.#pending.push({ command, end: word.text, tabs: found.endsWith("-"), at });
		else if (/>/.test(found) && !found.endsWith("&")) command.writes.push(word);
		else if (found.endsWith("<")) command.reads.push(word);
		return true;
	}

	#newline(): void {
		this.#at += 1;
		this.#bodies();
	}

	/** Reads the here-documents that begin here. */
	#bodies(): void {
		for (const { command, end, tabs, at } of this.#pending.splice(0)) {
			const start = this.#at;
			for (;;) {
				if (this.#at >= this.#text.length) {
					this.faults.push({ message: `the here-document \`${end}\` has no end`, at });
					break;
				}
				const stop = this.#text.indexOf("\n", this.#at);
				const line = this.#text.slice(this.#at, stop === -1 ? this.#text.length : stop).replace(/\r$/, "");
				const bare = tabs ? line.replace(/^\t+/, "") : line;
				if (bare === end || (this.#substitutions > 0 && bare.startsWith(`${end})`))) {
					command.heredoc = { text: this.#text.slice(start, this.#at), start };
					this.#at = bare === end ? (stop === -1 ? this.#text.length : stop + 1) : this.#at + line.indexOf(")");
					break;
				}
				this.#at = stop === -1 ? this.#text.length : stop + 1;
			}
		}
	}

	/** Blanks, continued lines and a comment. */
	#blanks(): void {
		for (;;) {
			const char = this.#text[this.#at];
			if (char !== undefined && BLANK.test(char)) this.#at += 1;
			else if (char === "\\" && /^\\\r?\n/.test(this.#text.slice(this.#at, this.#at + 3)))
				this.#at = this.#text.indexOf("\n", this.#at) + 1;
			else if (char === "#") {
				const end = this.#text.indexOf("\n", this.#at);
				this.#at = end === -1 ? this.#text.length : end;
			} else return;
		}
	}

	#word(): Word {
		const start = this.#at;
		while (this.#at < this.#text.length && !BREAKS.test(this.#text[this.#at]!)) {
			this.#piece();
			if (this.#text[this.#at] === "(") this.#inWord(start);
		}
		if (/[<>]\(/.test(this.#text.slice(this.#at, this.#at + 2)) && this.#at === start) {
			this.#at += 1;
			this.#substitution(this.#at);
		}
		if (this.#at === start) throw new Stop(`\`${this.#text[start] ?? "the end"}\` where a word is wanted`, start);
		return { start, end: this.#at, ...unquoted(this.#text.slice(start, this.#at)) };
	}

	/** `a=(…)` and patterns such as `!(…)`. */
	#inWord(start: number): void {
		const before = this.#text.slice(start, this.#at);
		if (/^[\w[\]$@*-]+\+?=$/.test(before)) this.#array();
		else if (/[?*+@!]$/.test(before)) {
			let depth = 0;
			do {
				const char = this.#text[this.#at];
				if (char === undefined || char === "\n") throw new Stop("`(` is not closed", start);
				if (char === "(" || char === ")") {
					depth += char === "(" ? 1 : -1;
					this.#at += 1;
				} else this.#piece();
			} while (depth > 0);
		}
	}

	#array(): void {
		const open = this.#at;
		this.#at += 1;
		for (;;) {
			this.#blanks();
			const char = this.#text[this.#at];
			if (char === undefined) throw new Stop("`(` is not closed", open);
			this.#at += char === "\n" || char === ")" ? 1 : 0;
			if (char === ")") return;
			if (char !== "\n") this.#word();
		}
	}

	/** One character, one quoted string or one expansion. */
	#piece(): void {
		const [char, next] = [this.#text[this.#at]!, this.#text[this.#at + 1]];
		if (char === "\\") this.#at += this.#text.startsWith("\\\r\n", this.#at) ? 3 : 2;
		else if (char === "'" || char === "`" || (char === "$" && next === "'"))
			this.#at = this.#closed(quotedEnd(this.#text, this.#at), char === "`" ? "a backtick" : "a single quote");
		else if (char === '"') this.#double();
		else if (char === "$" && next === '"') this.#at += 1;
		else if (char === "$" && next === "{") this.#at = this.#closed(braceEnd(this.#text, this.#at + 2, false), "`${`");
		else if (char === "$" && next === "(") this.#dollar();
		else this.#at += 1;
	}

	#closed(end: number | undefined, what: string): number {
		if (end === undefined) throw new Stop(`${what} is not closed`, this.#at);
		return end;
	}

	#double(): void {
		const start = this.#at;
		this.#at += 1;
		for (;;) {
			const [char, next] = [this.#text[this.#at], this.#text[this.#at + 1]];
			if (char === undefined) throw new Stop("a double quote is not closed", start);
			if (char === '"') break;
			if (char === "\\") this.#at += 2;
			else if (char === "`") this.#at = this.#closed(quotedEnd(this.#text, this.#at), "a backtick");
			else if (char === "$" && next === "{") this.#at = this.#closed(braceEnd(this.#text, this.#at + 2, true), "`${`");
			else if (char === "$" && next === "(") this.#dollar();
			else this.#at += 1;
		}
		this.#at += 1;
	}

	#dollar(): void {
		if (this.#text[this.#at + 2] === "(") {
			const end = arithmeticEnd(this.#text, this.#at + 3);
			if (end !== undefined) {
				this.#at = end;
				return;
			}
		}
		this.#at += 1;
		this.#substitution(this.#at);
	}

	#substitution(open: number): void {
		const pending = this.#pending;
		this.#pending = [];
		this.#at += 1;
		this.#substitutions += 1;
		this.list(open);
		this.#substitutions -= 1;
		this.#pending = [...pending, ...this.#pending];
	}
}
