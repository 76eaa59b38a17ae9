import { join } from "node:path";
import { z } from "zod";
import { removeFile } from "../system/files.ts";
import { readDocument, writeDocument } from "./document.ts";
import { endpointSchema } from "./endpoints.ts";

const pendingRotationSchema = z.object({
	instance: z.string(),
	/** When it began, RFC 3339. */
	at: z.string(),
	/** Endpoints that the files had or may have. */
	from: z.array(z.object({ host: z.string(), port: z.int() })),
	to: endpointSchema,
	/** Build that the container said it is. */
	buildId: z.string().nullable(),
	/** What is written, in this order. */
	changes: z.array(z.object({ file: z.string(), what: z.string() })),
	/** Files that stood as they were committed. */
	restorable: z.array(z.string()),
	/** Name of the copy of .env in the state directory; null when .env stays as it is. */
	backup: z.string().nullable(),
});

/** A rotation that has begun: written before its first change, removed after its entry. */
export type PendingRotation = z.infer<typeof pendingRotationSchema>;
export type Change = PendingRotation["changes"][number];

const pathOf = (state: string, instance: string): string => join(state, "rotations", `${instance}.json`);

/**
 * The rotation that was cut off, if one was.
 * @throws UserError state_unreadable
 */
export const readPendingRotation = (state: string, instance: string): Promise<PendingRotation | undefined> =>
	readDocument(pathOf(state, instance), pendingRotationSchema, `cres endpoint rotate ${instance}`);

/** Recorded before the first file is changed. */
export const writePendingRotation = (state: string, rotation: PendingRotation): Promise<void> =>
	writeDocument(pathOf(state, rotation.instance), rotation);

/** Takes the record away when the rotation is complete; does nothing where there is none. */
export const removePendingRotation = (state: string, instance: string): Promise<void> =>
	removeFile(pathOf(state, instance));
