import { join } from "node:path";
import { z } from "zod";
import { jsonOf } from "../../system/json.ts";
import { readTextIfExists } from "../../system/files.ts";
import { settingsSchema } from "../settings.ts";

const placeSchema = z.object({
	file: z.string(),
	root: z.string(),
	directory: z.string(),
	logs: z.string(),
	gateway: z.string(),
});

/** What a supervisor is started with: a file that the command writes and the supervisor reads. */
export const specSchema = z.object({
	version: z.literal(1),
	/** Begins the marks of all its processes. */
	nonce: z.string().min(16),
	/** For its control channel. */
	token: z.string().min(16),
	/** Of the settings and the gateway. */
	mark: z.string(),
	place: placeSchema,
	settings: settingsSchema,
	/** Instance → its program and arguments. */
	commands: z.record(z.string(), z.array(z.string()).min(1)),
	nginx: z.string(),
});
export type SupervisorSpec = z.output<typeof specSchema>;

/** Where the supervisor of a backend finds its settings. */
export const specFile = (directory: string): string => join(directory, "state", "spec.json");
/** Where the supervisor listens, once it does. */
export const controlFile = (directory: string): string => join(directory, "state", "control.json");
/** Why the last start failed. */
export const failureFile = (directory: string): string => join(directory, "state", "failure.json");

export const controlSchema = z.object({ version: z.literal(1), nonce: z.string(), token: z.string(), port: z.int() });

export const failureSchema = z.object({
	nonce: z.string(),
	code: z.string(),
	message: z.string(),
	hint: z.string().optional(),
});

/** What was started last; undefined when nothing was, or the file cannot be read. */
export async function readSpec(directory: string): Promise<SupervisorSpec | undefined> {
	return specSchema.safeParse(jsonOf((await readTextIfExists(specFile(directory))) ?? "")).data;
}
