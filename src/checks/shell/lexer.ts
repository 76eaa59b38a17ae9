import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import { Clauses, closerOf, type Open } from "./clauses.ts";
import { arithmeticEnd } from "./quotes.ts";
import { Stop, type Receiver } from "./scanner.ts";
import type { Command, Joint, Script, ShellFault, Word } from "./script.ts";

export type { Command, Script, Word } from "./script.ts";

/** Reads POSIX and bash scripts as far as their commands: quotes, groups, here-documents, not their meaning. */
export function parseShell(text: string): Script {
	const parser = new Parser(text);
	const faults: ShellFault[] = [];
	try {
		parser.list(undefined);
	} catch (error) {
		if (error instanceof RangeError) faults.push({ message: "it is nested too deeply to be read", at: 0 }); // the stack ended
		else if (error instanceof Stop) faults.push({ message: error.message, at: error.at });
		else throw error;
	}
	return { commands: parser.commands, faults: [...parser.faults, ...faults] };
}

/** The same of a whole file, which is read once. */
export const shellScriptOf = once((file: SourceFile): Script => parseShell(file.text));

const NONE: Word[] = [];

/** What grew by push has room for far more, and most commands write and read no file. */
const exact = (words: readonly Word[]): Word[] => (words.length === 0 ? NONE : words.slice());

class Parser extends Clauses {
	readonly commands: Command[] = [];
	#depth = 0;

	/** Commands up to `)` when `until` is the offset of its `(`, else to the end. */
	override list(until: number | undefined): void {
		const open: Open[] = [];
		let before = "" as Joint;
		for (;;) {
			this.blanks();
			const top = open.at(-1);
			if (top?.pattern && this.casePattern(top)) continue;
			if (this.at >= this.text.length) break;
			const joint = this.#joint();
			if (joint === ")") {
				if (open.length > 0) throw new Stop(`\`${open.at(-1)!.word}\` is not closed`, open.at(-1)!.at);
				if (until === undefined) throw new Stop("`)` without `(`", this.at - 1);
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
		if (left !== undefined) throw new Stop(`\`${left.word}\` has no \`${closerOf(left.word)}\``, left.at);
		if (until !== undefined) throw new Stop("`(` is not closed", until);
		this.bodies();
	}

	#joint(): Joint | ";;" | undefined {
		const first = this.text[this.at]!;
		if (first === "\n") {
			this.newline();
			return "\n";
		}
		if (!";&|)".includes(first)) return undefined; // most often: the first character of a word
		const rest = this.text.slice(this.at, this.at + 3);
		const found = /^(?:;;&|;;|;&|&&|\|\||\|&|;|\||&(?!>)|\))/.exec(rest)?.[0];
		if (found === undefined) return undefined;
		this.at += found.length;
		if (found.length > 1 && found.startsWith(";")) return ";;";
		return found === "|&" ? "|" : (found as Joint);
	}

	/** One command, or a keyword that goes before one. Returns what stands before the next. */
	#command(open: Open[], before: Joint): Joint {
		const start = this.at;
		if (this.text[start] === "(") return this.#parenthesis(start);
		const words: Word[] = [];
		const command: { -readonly [K in keyof Command]: Command[K] } & { writes: Word[]; reads: Word[] } = {
			words,
			writes: [],
			reads: [],
			before,
			depth: this.#depth + open.length,
			nested: this.substitutions > 0,
		};
		for (;;) {
			this.blanks();
			const char = this.text[this.at];
			if (char === undefined) break;
			if (/[\d{&<>]/.test(char) && this.#redirection(command)) continue;
			if (char === "(" && words.length === 1 && /^\([ \t]*\)/.test(this.text.slice(this.at))) {
				this.at = this.text.indexOf(")", this.at) + 1;
				return "keyword";
			}
			if (/[\n;&|()]/.test(char)) {
				if (char === "(") throw new Stop("`(` after a word", this.at);
				break;
			}
			const word = this.word();
			if (words.length === 0 && !word.quoted) {
				if (this.keyword(word, open)) return "keyword";
				if (word.text === "[[") this.test(word.start);
				if (word.text === "function") {
					this.blanks();
					this.word();
					this.blanks();
					const parens = /^\([ \t]*\)/.exec(this.text.slice(this.at, this.at + 20))?.[0];
					this.at += parens?.length ?? 0;
					return "keyword";
				}
			}
			words.push(word);
		}
		command.words = exact(words);
		[command.writes, command.reads] = [exact(command.writes), exact(command.reads)];
		if (words.length > 0 || command.writes.length > 0) this.commands.push(command);
		return words.length > 0 || command.writes.length > 0 ? "" : before;
	}

	#parenthesis(start: number): Joint {
		if (this.text[start + 1] === "(") {
			const end = arithmeticEnd(this.text, start + 2);
			if (end !== undefined) {
				this.at = end;
				return ";";
			}
		}
		this.at += 1;
		this.#depth += 1;
		this.list(start);
		this.#depth -= 1;
		return ")";
	}

	#redirection(command: Receiver & { writes: Word[]; reads: Word[] }): boolean {
		const found = /^(?:\d*|\{\w+\}|&)(?:<<<|<<-?|>>|>\||<>|>&|<&|<(?!\()|>(?!\())/.exec(
			this.text.slice(this.at, this.at + 24),
		)?.[0];
		if (found === undefined) return false;
		const at = this.at;
		this.at += found.length;
		this.blanks();
		if (/[\n;&|)]/.test(this.text[this.at] ?? "\n") && !found.endsWith("&"))
			throw new Stop("a redirection without a target", at);
		const word = this.word();
		if (found.endsWith("<<-") || (found.endsWith("<<") && !found.endsWith("<<<")))
			this.pending.push({ command, end: word.text, tabs: found.endsWith("-"), at });
		else if (found.includes(">") && !found.endsWith("&")) command.writes.push(word);
		else if (found.endsWith("<")) command.reads.push(word);
		return true;
	}
}
