import { z } from "zod";
import { UserError, messageOf } from "../errors/errors.ts";
import { readTextIfExists } from "../system/files.ts";
import { writeDurably } from "../system/durable-files.ts";

const VERSION = 1;
/** Documents of version 0.1 are the value alone. */
const versionedSchema = z.strictObject({ v: z.number(), value: z.unknown() });

/**
 * The value of a JSON document, undefined when there is none.
 * @param remedy the command that makes the document again, for the hint
 * @throws UserError state_unreadable when it is no JSON, does not fit the schema, or is of a later version
 */
export async function readDocument<T>(path: string, schema: z.ZodType<T>, remedy: string): Promise<T | undefined> {
	const text = await readTextIfExists(path);
	if (text === undefined) return undefined;
	const unreadable = (why: string): UserError =>
		new UserError("state_unreadable", `${path} cannot be read: ${why}`, { hint: `move it away, then ${remedy}` });
	const fits = schema.safeParse(valueOf(text, unreadable));
	if (!fits.success) throw unreadable(z.prettifyError(fits.error).replaceAll(/\s+/g, " "));
	return fits.data;
}

function valueOf(text: string, unreadable: (why: string) => UserError): unknown {
	let found: unknown;
	try {
		found = JSON.parse(text);
	} catch (error) {
		throw unreadable(messageOf(error));
	}
	const versioned = versionedSchema.safeParse(found);
	if (!versioned.success) return found;
	if (versioned.data.v > VERSION) throw unreadable("a later version of cres wrote it");
	return versioned.data.value;
}

/** Replaces a document in one durable step; a new one is readable by its owner only. */
export const writeDocument = (path: string, value: unknown): Promise<void> =>
	writeDurably(path, `${JSON.stringify({ v: VERSION, value }, null, "\t")}\n`, { mode: 0o600 });
