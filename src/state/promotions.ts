import { join } from "node:path";
import { z } from "zod";
import { digestSchema } from "../contracts/smoke.ts";
import { appendRecord, readRecords } from "./record-log.ts";

/** Written before a channel is moved. */
const beginSchema = z.object({
	event: z.literal("begin"),
	/** Of the promotion; ids sort by time. */
	id: z.string(),
	channel: z.string(),
	/** Of the app image, below the registry's address. */
	repository: z.string(),
	/** What the channel resolved to; null: to nothing. */
	from: digestSchema.nullable(),
	to: digestSchema,
	buildId: z.string(),
	/** RFC 3339. */
	at: z.string(),
	/** `user@host` */
	by: z.string(),
	/** Id of the key that attested the digest. */
	keyId: z.string().optional(),
	/** Command that undoes it and no later one; null: the channel resolved to nothing. Absent in records of cres before 0.2. */
	undo: z.string().nullable().optional(),
});

/** Written when its outcome is known. */
const endSchema = z.object({
	event: z.literal("end"),
	id: z.string(),
	at: z.string(),
	/** `lost`: somebody else moved the channel. `failed`: it was not moved. */
	outcome: z.enum(["promoted", "lost", "failed"]),
});

const recordSchema = z.discriminatedUnion("event", [beginSchema, endSchema]);
type PromotionRecord = z.infer<typeof recordSchema>;

/** One promotion as the records tell it. */
export interface RecordedPromotion extends Omit<z.infer<typeof beginSchema>, "event"> {
	/** `interrupted`: how it ended is not on record, and the channel may stand or not. */
	outcome: z.infer<typeof endSchema>["outcome"] | "interrupted";
}

const pathOf = (state: string): string => join(state, "promotions.jsonl");

/** Adds a record; it is on disk when this returns. */
export const appendPromotion = (state: string, record: PromotionRecord): Promise<void> =>
	appendRecord(pathOf(state), record);

/** All promotions from this state directory, of all channels, oldest first. */
export async function readPromotions(state: string): Promise<RecordedPromotion[]> {
	const { records } = await readRecords(pathOf(state), recordSchema);
	const ends = new Map(
		records.flatMap((record) => (record.event === "end" ? [[record.id, record.outcome] as const] : [])),
	);
	return records.flatMap((record) => {
		if (record.event !== "begin") return [];
		const { event: _event, ...begun } = record;
		return [{ ...begun, outcome: ends.get(record.id) ?? "interrupted" }];
	});
}
