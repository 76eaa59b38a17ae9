import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./cres.ts";

/** Command → the top-level fields that docs/guide/json.md gives for it. */
export async function documentedFields(): Promise<ReadonlyMap<string, readonly string[]>> {
	const text = await readFile(join(root, "docs", "guide", "json.md"), "utf8");
	const fields = new Map<string, string[]>();
	for (const [, commands, field] of text.matchAll(/^\| (`[^|]+`) +\| `([^|`]+)` +\|/gm))
		for (const command of commands!.matchAll(/`([^`]+)`/g))
			fields.set(command[1]!, [...(fields.get(command[1]!) ?? []), field!]);
	return fields;
}
