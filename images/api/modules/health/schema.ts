import { z } from "zod";
import { STATES } from "../../../runtime/health.ts";
import { engineSchema } from "../../engines.ts";
import { API_ROLES } from "../../roles.ts";

const stateSchema = z.enum(STATES);

export const healthSchema = z.object({
	role: z.enum(API_ROLES),
	api: z.literal("ok"),
	temporal: stateSchema,
	minio: stateSchema,
	llama: stateSchema,
	whisper: stateSchema,
	/** Why a dependency is not ok. */
	reasons: z.record(z.string(), z.string()),
	engines: z.object({ llama: engineSchema.optional(), whisper: engineSchema.optional() }),
	/** True: a rehearsal, whose GPU does not exist. */
	pretended: z.boolean(),
	buildId: z.string(),
});
export type Health = z.infer<typeof healthSchema>;
