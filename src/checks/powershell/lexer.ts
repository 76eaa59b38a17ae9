/** What no PowerShell reads on from. */
export interface PowerShellFault {
	message: string;
	/** An offset in the text. */
	at: number;
}

const CLOSERS: Readonly<Record<string, string>> = { "{": "}", "(": ")", "[": "]" };
const MOST_DEPTH = 500;

class Stop extends Error {
	readonly at: number;
	constructor(message: string, at: number) {
		super(message);
		this.at = at;
	}
}

const PLAIN = /[^`#<\-@'"${}()[\]]*/y;

/** Brackets, strings, here-strings and comments of a script; the first of them that is wrong, or undefined. */
export function powershellFault(text: string): PowerShellFault | undefined {
	const reader = new Reader(text);
	try {
		reader.code(undefined, 0);
		return undefined;
	} catch (error) {
		if (error instanceof Stop) return { message: error.message, at: reader.longString ?? error.at };
		throw error;
	}
}

class Reader {
	readonly #text: string;
	#at = 0;
	/** Where the first string began that went over its line, which often is the one without its end. */
	longString: number | undefined;

	constructor(text: string) {
		this.#text = text;
	}

	/** Up to the closing bracket of the one at `open`, or to the end. */
	code(open: number | undefined, depth: number): void {
		const text = this.#text;
		if (depth > MOST_DEPTH) throw new Stop("it is nested too deeply to be read", 0);
		while (this.#at < text.length) {
			const char = text[this.#at]!;
			if (char === "`") this.#at += 2;
			else if (char === "#" && this.#beginsComment()) this.#line();
			else if (text.startsWith("<#", this.#at)) this.#to("#>", "`<#` is not closed");
			else if (text.startsWith("--%", this.#at)) this.#line();
			else if (char === "@" && /^@["'][ \t]*\r?\n/.test(text.slice(this.#at, this.#at + 40))) this.#hereString();
			else if (char === "'") this.#single();
			else if (char === '"') this.#double(depth);
			else if (text.startsWith("${", this.#at)) this.#to("}", "`${` is not closed");
			else if (CLOSERS[char] !== undefined) {
				const at = this.#at++;
				this.code(at, depth + 1);
			} else if (char === "}" || char === ")" || char === "]") {
				if (open === undefined) throw new Stop(`\`${char}\` closes nothing`, this.#at);
				if (CLOSERS[text[open]!] !== char) throw new Stop(`\`${text[open]!}\` is closed by \`${char}\``, open);
				this.#at += 1;
				return;
			} else this.#plain();
		}
		if (open !== undefined) throw new Stop(`\`${text[open]!}\` is not closed`, open);
	}

	/** Passes over this character and all behind it that mean nothing here. */
	#plain(): void {
		PLAIN.lastIndex = this.#at + 1;
		this.#at += 1 + PLAIN.exec(this.#text)![0].length;
	}

	#beginsComment(): boolean {
		return this.#at === 0 || /[\s;{}()|,&=]/.test(this.#text[this.#at - 1]!);
	}

	#line(): void {
		const end = this.#text.indexOf("\n", this.#at);
		this.#at = end === -1 ? this.#text.length : end;
	}

	#to(end: string, fault: string): void {
		const found = this.#text.indexOf(end, this.#at);
		if (found === -1) throw new Stop(fault, this.#at);
		this.#at = found + end.length;
	}

	#hereString(): void {
		const quote = this.#text[this.#at + 1]!;
		const found = this.#text.indexOf(`\n${quote}@`, this.#at);
		if (found === -1) {
			const indented = new RegExp(`\\n[ \\t]+${quote}@`).test(this.#text.slice(this.#at));
			const why = indented
				? `the \`${quote}@\` of a here-string is indented, so that it ends nothing`
				: "a here-string is not closed";
			this.longString = undefined;
			throw new Stop(why, this.#at);
		}
		this.#at = found + 3;
	}

	#single(): void {
		const start = this.#at;
		for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
			if (this.#text[this.#at] !== "'") continue;
			this.#at += 1;
			if (this.#text[this.#at] !== "'") return this.#ended(start);
		}
		throw new Stop("a single quote is not closed", start);
	}

	#double(depth: number): void {
		const [text, start] = [this.#text, this.#at];
		this.#at += 1;
		while (this.#at < text.length) {
			const char = text[this.#at]!;
			if (char === "`") this.#at += 2;
			else if (char === '"') {
				this.#at += 1;
				if (text[this.#at] !== '"') return this.#ended(start);
				this.#at += 1;
			} else if (char === "$" && text[this.#at + 1] === "(") {
				const at = ++this.#at;
				this.#at += 1;
				this.code(at, depth + 1);
			} else this.#at += 1;
		}
		throw new Stop("a double quote is not closed", start);
	}

	#ended(start: number): void {
		const end = this.#text.indexOf("\n", start);
		if (end !== -1 && end < this.#at) this.longString ??= start;
	}
}
