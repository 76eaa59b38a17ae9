import { Context } from "@temporalio/activity";
import { z } from "zod";
import { FAILURES } from "../../../src/contracts/task-names.ts";
import { type SummarizeInput, type Summarized, summarizeInputSchema } from "../../../src/contracts/tasks.ts";
import { EngineError, type EngineFault } from "../../runtime/engines/ask.ts";
import { checked, passing } from "../failure.ts";
import { type Heartbeat, heartbeat } from "../heartbeat.ts";
import type { Store } from "../store.ts";
import { pieceOf, type Summarizer, type Told } from "../summarizer.ts";
import { fallbackSummary } from "../text/fallback.ts";
import { summarizeLong } from "../text/summary.ts";
import { mustReadTranscript, writeTranscript } from "../transcript.ts";

/** A language model that loads or restarts gets so many attempts before the fall-back. */
const PATIENCE = 3;
const PASSING: readonly EngineFault[] = ["unreachable", "loading"];
/** A nonsensical answer is asked for again so often. */
const ANSWERS = 2;
const MISTAKES: readonly EngineFault[] = ["nonsense", "failed"];

export interface ContentDependencies {
	store: Store;
	/** Undefined: summaries are always the fall-back. */
	llama: Summarizer | undefined;
	/** A rehearsal, whose GPU does not exist. */
	pretended: boolean;
	/** Identity of the worker, named in the result. */
	worker: string;
}

export type ContentActivities = ReturnType<typeof createContentActivities>;

const doneSchema = z.object({ parts: z.array(z.object({ summary: z.string(), keywords: z.array(z.string()) })) });

type Made = Pick<Summarized, "summary" | "keywords" | "pieces" | "engine" | "fallback">;

/** What a transcript is about. */
export const createContentActivities = (dependencies: ContentDependencies) => ({
	summarize_content: async (input: SummarizeInput): Promise<Summarized> => {
		const { transcriptKey, text: given } = checked(summarizeInputSchema, input);
		const { store, worker } = dependencies;
		const signal = Context.current().cancellationSignal;
		const beat = heartbeat<z.infer<typeof doneSchema>>();
		try {
			beat.enter("fetch transcript");
			const transcript = await mustReadTranscript(store, transcriptKey, signal);
			const text = given ?? transcript.text;
			const made = await summaryOf(text, dependencies, beat, signal);
			beat.enter("store");
			const { summary, keywords, fallback, engine } = made;
			const engines = { ...(transcript["engines"] as object | undefined), llm: engine };
			const whole = { ...transcript, text, summary, keywords, summary_fallback: fallback, engines };
			return { transcript: await writeTranscript(store, transcriptKey, whole, signal), ...made, worker };
		} finally {
			beat.stop();
		}
	},
});

async function summaryOf(
	text: string,
	{ llama, pretended }: ContentDependencies,
	beat: Heartbeat<z.infer<typeof doneSchema>>,
	signal: AbortSignal,
): Promise<Made> {
	if (text.trim() === "") return instead(text, "nothing is said");
	if (!llama) return instead(text, "LLAMA_DISABLE is set");
	try {
		beat.enter("summarize");
		const { facts, ...made } = await summarize(text, llama, beat, signal);
		return { ...made, engine: { name: "llama-server", ...facts, pretended }, fallback: null };
	} catch (error) {
		if (!(error instanceof EngineError)) throw error;
		if (PASSING.includes(error.fault) && Context.current().info.attempt < PATIENCE)
			throw passing(FAILURES.engine, error.message);
		return instead(text, error.message);
	}
}

/** Goes on after the pieces that an attempt before has summarised. */
async function summarize(
	text: string,
	llama: NonNullable<ContentDependencies["llama"]>,
	beat: Heartbeat<z.infer<typeof doneSchema>>,
	signal: AbortSignal,
) {
	const facts = await llama.facts(signal);
	const made = await summarizeLong(text, {
		summarize: (piece) => insisting(() => llama.summarize(piece, signal)),
		pieceSize: pieceOf(facts),
		done: doneSchema.safeParse(beat.before).data?.parts ?? [],
		onPiece: (parts, all) => beat.enter(`summarize ${parts.length} of ${all}`, { parts: [...parts] }),
	});
	return { ...made, facts };
}

const instead = (text: string, fallback: string): Made => ({
	...fallbackSummary(text),
	pieces: 0,
	engine: null,
	fallback,
});

async function insisting(ask: () => Promise<Told>): Promise<Told> {
	for (let answer = 1; ; answer++) {
		try {
			return await ask();
		} catch (error) {
			if (!(error instanceof EngineError && MISTAKES.includes(error.fault)) || answer >= ANSWERS) throw error;
		}
	}
}
