import fc from "fast-check";
import { UserError } from "../../src/errors/errors.ts";

/** A reader of text that somebody else wrote. */
export interface Parser {
	/** For `npm run fuzz -- NAME`. */
	name: string;
	/** Texts that once were troublesome, or show the form. */
	corpus: readonly string[];
	texts: fc.Arbitrary<string>;
	/** Reads, and throws an Error where what was read is not what it should be. A UserError is an answer. */
	check: (text: string) => void | Promise<void>;
	/** Pieces whose repetition is known to take long, for a reason outside of this project. */
	slow?: readonly string[];
	/** Pieces that are repeated for the test of time, besides the lines of the corpus. */
	pieces?: readonly string[];
}

/** One run; a UserError is a good end. */
export async function tried({ check }: Pick<Parser, "check">, text: string): Promise<void> {
	try {
		await check(text);
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
	}
}

export function expectThat(isSo: boolean, what: string): void {
	if (!isSo) throw new Error(what);
}

const SMALL = 4_000;
const LARGE = 4 * SMALL;
/** What a text of that length takes at most in any case, so that a pause of the machine is no finding. */
const UNSUSPICIOUS_MS = 250;
/** Four times the text may take so many times the time. */
const GROWTH = 12;

/** Milliseconds of this thread on a processor, which other work on the machine does not lengthen. */
async function timeOf(parser: Pick<Parser, "check">, text: string): Promise<number> {
	const before = process.threadCpuUsage();
	await tried(parser, text).catch(() => {}); // that is what the property is about
	const { user, system } = process.threadCpuUsage(before);
	return (user + system) / 1_000;
}

/** What is wrong with the time that a parser takes for a piece repeated, or undefined. */
export async function slowness(parser: Pick<Parser, "check">, piece: string): Promise<string | undefined> {
	const fault = await tried(parser, piece.repeat(20)).then(() => undefined, String);
	if (fault !== undefined) return `${JSON.stringify(piece)} repeated: ${fault}`;
	const of = (length: number): string => piece.repeat(Math.ceil(length / piece.length));
	const large = await timeOf(parser, of(LARGE));
	if (large < UNSUSPICIOUS_MS) return undefined;
	const small = Math.min(await timeOf(parser, of(SMALL)), await timeOf(parser, of(SMALL)));
	const again = Math.min(large, await timeOf(parser, of(LARGE)));
	if (again < UNSUSPICIOUS_MS || again / small < GROWTH) return undefined;
	return `${JSON.stringify(piece)} repeated: ${Math.round(small)} ms for ${SMALL} characters, ${Math.round(again)} ms for ${LARGE}`;
}

/** Pieces whose repetition shows a parser that goes back and forth. */
export const piecesOf = ({ corpus, pieces = [], slow = [] }: Parser): string[] =>
	[
		...new Set([...pieces, ...corpus.flatMap((text) => text.split("\n").map((line) => `${line}\n`)), ...REPEATED]),
	].filter((piece) => !slow.includes(piece));

const REPEATED = [
	"a",
	" ",
	"\n",
	"\t",
	"{",
	"[",
	'"',
	"\\",
	"`",
	"<",
	"<!--",
	"&",
	"|",
	"#",
	"=",
	",",
	"'",
	"(",
	"a=",
	"- ",
	"> ",
	"\r",
];

/** Any text is an answer or a UserError. */
export const property = (parser: Parser): fc.IAsyncProperty<[string]> =>
	fc.asyncProperty(parser.texts, (text) => tried(parser, text));
