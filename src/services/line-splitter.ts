import { StringDecoder } from "node:string_decoder";

/** Characters of a line; of a longer one the beginning is kept. */
const LONGEST = 65_536;

/** Cuts what a program writes into lines; none is lost or split, however the pieces come. */
export class LineSplitter {
	readonly #decoder = new StringDecoder("utf8");
	#rest = "";
	#dropped = false;

	/** The lines that end in this piece. */
	push(chunk: Buffer): string[] {
		const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
		this.#rest = lines.pop()!;
		const [first, ...others] = lines;
		const whole =
			first === undefined ? [] : [this.#dropped ? `${first.slice(0, LONGEST)}…` : cut(first), ...others.map(cut)];
		if (first !== undefined) this.#dropped = false;
		if (this.#rest.length > LONGEST) {
			this.#rest = this.#rest.slice(0, LONGEST);
			this.#dropped = true;
		}
		return whole;
	}

	/** What stands behind the last line's end, if anything. */
	end(): string[] {
		const last = this.#rest + this.#decoder.end();
		this.#rest = "";
		return last === "" ? [] : [cut(last)];
	}
}

function cut(line: string): string {
	const text = line.endsWith("\r") ? line.slice(0, -1) : line;
	return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
