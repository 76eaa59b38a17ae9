import { basename, dirname } from "node:path";
import { sharedLock } from "../state/directory.ts";
import { withLock } from "../state/lock.ts";
import { writeDurably } from "../system/durable-files.ts";
import { readUtf8IfExists } from "../system/encoding.ts";
import { readConfigText } from "./faults.ts";
import type { InstanceConfig } from "./schema.ts";

/** The lock of cres.yaml, or of the .env beside it, that every change by cres takes. `file` is absolute. */
export const configLock = (file: string): string => sharedLock(dirname(file), `config-${basename(file)}`);

/**
 * Replaces cres.yaml, or the .env beside it, by what `edit` makes of its present text, under its lock; nothing is written
 * when that is the same. `file` is absolute, `mode` that of a new file. Returns whether it was written.
 * @throws UserError lease_held (busy) when another process keeps it locked, file_unusable when it is not UTF-8, and what `edit` throws
 */
export function editConfig(
	file: string,
	edit: (text: string) => string | Promise<string>,
	{ mode = 0o644 } = {},
): Promise<boolean> {
	return withLock(
		configLock(file),
		async () => {
			const text = (await readUtf8IfExists(file)) ?? "";
			const next = await edit(text);
			if (next === text) return false;
			await writeDurably(file, next, { mode });
			return true;
		},
		{ subject: basename(file) },
	);
}

/** What the text of cres.yaml says of an instance; undefined when it does not have it, or is not valid. */
export function instanceIn(text: string, name: string): InstanceConfig | undefined {
	const read = readConfigText(text);
	if ("faults" in read || !Object.hasOwn(read.settings.instances, name)) return undefined;
	return read.settings.instances[name];
}
