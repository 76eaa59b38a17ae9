import { z } from "zod";
import { batchInputSchema, videoInputSchema } from "../../../../src/contracts/tasks.ts";

export const processBodySchema = z.strictObject({ url: videoInputSchema.shape.url.max(2_048) });
export type ProcessBody = z.infer<typeof processBodySchema>;

export const startedSchema = z.object({
	status: z.literal("started"),
	workflow_id: z.string(),
	run_id: z.string(),
});
export type Started = z.infer<typeof startedSchema>;

const { query, limit, parallelism, maxMinutes, category } = batchInputSchema.shape;

export const batchBodySchema = z.strictObject({
	query,
	limit: limit.meta({ description: "Videos" }),
	parallelism: parallelism.meta({ description: "Videos in work at once; absent: by the limit" }),
	max_duration_minutes: maxMinutes.meta({ description: "Longer videos are left out" }),
	youtube_category: category,
});
export type BatchBody = z.infer<typeof batchBodySchema>;

export const batchStartedSchema = z.object({
	status: z.literal("queued"),
	/** The dispatcher's execution, which runs the batches that are asked for. */
	workflow_id: z.string(),
	run_id: z.string(),
	request_id: z.string(),
	/** The execution that the batch will be. */
	batch_workflow_id: z.string(),
	/** As many as this plane's workers can bear. */
	parallelism: z.int(),
	max_duration_minutes: z.int(),
	youtube_category: z.string().nullable(),
});
export type BatchStarted = z.infer<typeof batchStartedSchema>;
