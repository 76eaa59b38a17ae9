import { z } from "zod";
import { indexEntrySchema, keywordSchema } from "../index/schema.ts";

export const transcriptionsQuerySchema = z.strictObject({
	query: z.string().trim().min(1).max(200).meta({ description: "The search that led to the videos" }),
	limit: z.coerce
		.number<string | number>()
		.pipe(z.int().min(1).max(50))
		.default(50)
		.meta({ description: "At most so many videos" }),
});

const combinedSchema = z.object({
	keywords: z.array(keywordSchema),
	sentence: z.string().nullable(),
	key_sentences: z.array(z.string()),
	combined_video_url: z.string().nullable(),
	recombined_sentence: z.string().nullable(),
	sentence_version: z.union([z.string(), z.number()]).nullable(),
});

const originSchema = z.object({
	/** Whether a language model wrote the recombined sentence. */
	llm: z.boolean(),
	/** Words of the sentence that it replaced. */
	replaceCount: z.int().nonnegative(),
	/** Keywords that stand in the sentence. */
	coverage: z.array(z.string()),
});

const { shape } = combinedSchema.extend(originSchema.shape);

/** `combined-output.json`, as far as it is read here; what the build that wrote it did not know is empty. */
export const combinedOutputSchema = z.object({
	keywords: shape.keywords.catch([]),
	sentence: shape.sentence.catch(null),
	key_sentences: shape.key_sentences.catch([]),
	combined_video_url: shape.combined_video_url.catch(null),
	recombined_sentence: shape.recombined_sentence.catch(null),
	sentence_version: shape.sentence_version.catch(null),
	llm: shape.llm.catch(false),
	replaceCount: shape.replaceCount.catch(0),
	coverage: shape.coverage.catch([]),
});
export type CombinedOutput = z.infer<typeof combinedOutputSchema>;

export const transcriptionsSchema = z.object({
	query: z.string(),
	videos: z.array(indexEntrySchema),
	combined: combinedSchema,
	meta: originSchema.extend({ cache: z.enum(["hit", "miss", "disabled"]) }),
});
export type Transcriptions = z.infer<typeof transcriptionsSchema>;
