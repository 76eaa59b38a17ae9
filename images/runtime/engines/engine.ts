import { z } from "zod";

/** What an engine says it is. */
export const engineSchema = z.object({
	name: z.string(),
	version: z.string().optional(),
	device: z.string().optional(),
	precision: z.string().optional(),
	model: z.string().optional(),
	/** Why it has chosen its device. */
	reason: z.string().optional(),
	/** True: a rehearsal without a GPU; it runs on CPU. */
	pretended: z.boolean(),
});
export type Engine = z.infer<typeof engineSchema>;
