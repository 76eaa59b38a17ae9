import { z } from "zod";
import { PHASES } from "./phase.ts";

const PURPOSES = ["deploy", "rollback", "replace", "start", "stop", "restart", "rotate"] as const;
const OUTCOMES = ["live", "rolled-back", "failed", "interrupted", "done"] as const;

const journalEventSchema = z.discriminatedUnion("event", [
	z.object({
		event: z.literal("begin"),
		purpose: z.enum(PURPOSES),
		/** Image that is rolled out, `host/repository@sha256:…`. */
		reference: z.string().optional(),
		/** Fencing token of the lease. */
		token: z.int(),
		/** `user@host` */
		owner: z.string(),
	}),
	z.object({ event: z.literal("step"), kind: z.string(), title: z.string(), phase: z.enum(PHASES) }),
	/** `ms`: how long the step took, milliseconds. */
	z.object({ event: z.literal("done"), kind: z.string(), ms: z.number() }),
	/** `kind`: the step that failed, null when none had begun. `code`: that of the error. */
	z.object({ event: z.literal("failed"), kind: z.string().nullable(), code: z.string(), message: z.string() }),
	z.object({ event: z.literal("note"), text: z.string() }),
	/** Last lines of a container that failed. */
	z.object({ event: z.literal("log"), lines: z.array(z.string()) }),
	z.object({ event: z.literal("end"), outcome: z.enum(OUTCOMES) }),
]);
export type JournalEvent = z.infer<typeof journalEventSchema>;

/** An event and when it happened, RFC 3339. */
const recordSchema = z.intersection(z.object({ at: z.string() }), journalEventSchema);
export type JournalRecord = z.infer<typeof recordSchema>;

/** A line of version 0.1. `name`: step kind, purpose (begin) or outcome (end). */
const earlierSchema = z.object({
	at: z.string(),
	event: z.enum(["begin", "step", "done", "failed", "end"]),
	name: z.string(),
	detail: z.string().optional(),
});

export const journalRecordSchema: z.ZodType<JournalRecord> = z.union([
	recordSchema,
	earlierSchema.transform((line): JournalRecord => ({ at: line.at, ...eventOf(line) })),
]);

function eventOf({ event, name, detail = "" }: z.infer<typeof earlierSchema>): JournalEvent {
	switch (event) {
		case "begin": {
			const purpose = name === "recreate" ? "replace" : (PURPOSES.find((one) => one === name) ?? "deploy");
			return { event, purpose, ...(detail === "" ? {} : { reference: detail }), token: 0, owner: "unknown" };
		}
		case "step":
			return { event, kind: name, title: detail, phase: "prepare" };
		case "done":
			return { event, kind: name, ms: Number.parseInt(detail, 10) || 0 };
		case "failed":
			return { event, kind: name, code: "unknown", message: detail };
		case "end":
			return { event, outcome: OUTCOMES.find((one) => one === name) ?? "done" };
	}
}
