import { z } from "zod";
import { ROLES } from "./queues.ts";

/** Inside an image: tests the engines and prints one report, a JSON object on one line; exits 0 all ok, 1 some failed. */
export const SELF_TEST_PROGRAM = "/app/images/self-test/main.js";
/** Milliseconds that the whole of it may take. */
export const SELF_TEST_LIMIT = 170_000;

const text = z.string().max(4_000);
const count = z.number().nonnegative();

const checkSchema = z.object({
	id: z.string().regex(/^[a-z][a-z-]{0,40}$/),
	ok: z.boolean(),
	observed: text,
	/** What it should have been, where that is not plain. */
	expected: text.optional(),
	ms: count,
});
export type SelfTestCheck = z.infer<typeof checkSchema>;

const deviceSchema = z.object({
	name: text,
	driver: text,
	/** E.g. 8.6. */
	computeCapability: text,
	totalMiB: count,
	/** Memory in use before, at most during and after the work of the engines. */
	beforeMiB: count,
	peakMiB: count,
	afterMiB: count,
});
export type SelfTestDevice = z.infer<typeof deviceSchema>;

const processSchema = z.object({ pid: z.int().nonnegative(), name: text, usedMiB: count });
export type SelfTestProcess = z.infer<typeof processSchema>;

/** What SELF_TEST_PROGRAM prints. */
export const selfTestSchema = z.object({
	role: z.enum(ROLES),
	/** Every check is ok. */
	ok: z.boolean(),
	/** True: a rehearsal, whose GPU does not exist. */
	pretended: z.boolean(),
	/** Null where the image does not tell. */
	buildId: text.nullable(),
	durationMs: count,
	checks: z.array(checkSchema).min(1).max(50),
	devices: z.array(deviceSchema).max(64),
	/** Who uses the GPU, as far as the driver shows it inside a container. */
	processes: z.array(processSchema).max(500),
});
export type SelfTestReport = z.infer<typeof selfTestSchema>;
