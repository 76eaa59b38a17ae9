import { EngineError } from "../../runtime/engines/ask.ts";
import type { Told } from "../summarizer.ts";
import { piecesOf } from "./pieces.ts";

/** Below this many characters a piece that does not fit is not cut further. */
const LEAST_PIECE = 200;
const KEYWORDS = 10;

export interface SummaryOptions {
	/** Summarises what fits into one request; throws EngineError too-long where it does not. */
	summarize: (text: string) => Promise<Told>;
	/** Characters that fit into one request, as a guess. */
	pieceSize: number;
	/** Summaries of the first pieces from an attempt before. */
	done: readonly Told[];
	/** Called after each piece of the text. */
	onPiece: (done: readonly Told[], all: number) => void;
}

/** Summarises a text of any length: its pieces, then the summaries' summary, until one is left. */
export async function summarizeLong(text: string, options: SummaryOptions): Promise<Told & { pieces: number }> {
	const { summarize, pieceSize, onPiece } = options;
	const pieces = piecesOf(text, pieceSize);
	const parts = options.done.slice(0, pieces.length);
	for (const piece of pieces.slice(parts.length)) {
		parts.push(await summarizeFitting(piece, summarize));
		onPiece(parts, pieces.length);
	}
	return { ...(await reduce(parts, options)), pieces: pieces.length };
}

async function reduce(parts: readonly Told[], options: SummaryOptions): Promise<Told> {
	if (parts.length === 1) return parts[0]!;
	const joined = parts.map(({ summary }) => summary).join("\n");
	const pieces = piecesOf(joined, options.pieceSize);
	const next: Told[] = [];
	for (const piece of pieces) next.push(await summarizeFitting(piece, options.summarize));
	// Summaries that do not get shorter would go round for ever.
	const shrinks = next.map(({ summary }) => summary).join("\n").length < joined.length;
	const last = next.length === 1 || !shrinks ? merge(next) : await reduce(next, options);
	return { summary: last.summary, keywords: mostNamed([...parts, last]) };
}

/** Halves what turns out to be too long for the model. */
async function summarizeFitting(text: string, summarize: SummaryOptions["summarize"]): Promise<Told> {
	try {
		return await summarize(text);
	} catch (error) {
		if (!(error instanceof EngineError && error.fault === "too-long") || text.length < LEAST_PIECE) throw error;
		const halves: Told[] = [];
		for (const half of piecesOf(text, Math.ceil(text.length / 2))) halves.push(await summarizeFitting(half, summarize));
		return merge(halves);
	}
}

const merge = (parts: readonly Told[]): Told => ({
	summary: parts.map(({ summary }) => summary).join(" "),
	keywords: mostNamed(parts),
});

function mostNamed(parts: readonly Told[]): string[] {
	const counts = new Map<string, number>();
	for (const word of parts.flatMap(({ keywords }) => keywords)) counts.set(word, (counts.get(word) ?? 0) + 1);
	return [...counts]
		.toSorted(([, a], [, b]) => b - a)
		.slice(0, KEYWORDS)
		.map(([word]) => word);
}
