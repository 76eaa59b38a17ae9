import { z } from "zod";

/** Inside an image: prints what the api's GET /health answers; exits 1 when nobody answers for as many milliseconds as its argument says. */
export const HEALTH_PROGRAM = "/app/images/etc/health";

/** `down`: it says so, or nobody is there; `unknown`: no answer in time; `n/a`: not needed here. */
export const STATES = ["ok", "down", "n/a", "unknown"] as const;
const stateSchema = z.enum(STATES);

/** What GET /health says of the api and of each dependency, whatever its status code. */
export const healthSchema = z.object({
	role: z.enum(["control", "compute"]),
	api: z.literal("ok"),
	temporal: stateSchema,
	minio: stateSchema,
	llama: stateSchema,
	whisper: stateSchema,
	/** Why a dependency is not ok. */
	reasons: z.record(z.string(), z.string()),
	/** True: a rehearsal, whose GPU does not exist. */
	pretended: z.boolean(),
	buildId: z.string(),
});
export type Health = z.infer<typeof healthSchema>;

/** What an api of ours answered to GET /health; undefined for any other text. */
export function parseHealth(text: string): Health | undefined {
	try {
		return healthSchema.parse(JSON.parse(text));
	} catch {
		return undefined;
	}
}
