import { z } from "zod";

/** Where the image says what it is. */
export const BUILD_INFO_PATH = "/app/build-info.json";

/** What the engines of an image are made for: the CPU alone, or NVIDIA GPUs too. */
export const FLAVOURS = ["cpu", "cuda"] as const;
export type Flavour = (typeof FLAVOURS)[number];

export const buildInfoSchema = z.object({
	/** Short id, one-to-one with the manifest digest. */
	buildId: z.string().regex(/^[0-9a-f]{12}(-dirty)?$/),
	/** Git commit that last changed the inputs; `-dirty` appended when the tree had other content. */
	revision: z.string(),
	version: z.string(),
	/** RFC 3339 time of that commit. */
	created: z.string(),
	/** Images of version 0.1.0 and before do not say. */
	flavour: z.enum(FLAVOURS).optional(),
});

export type BuildInfo = z.infer<typeof buildInfoSchema>;

/** Name under which workers register their build with Temporal; `.` and `:` are not allowed in it. */
export const DEPLOYMENT_NAME = "cres";
