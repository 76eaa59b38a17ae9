import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.ts";
import { readTextIfExists, writeTextAtomic } from "../system/files.ts";
import { insertEntry } from "./document.ts";
import { renderEntry, type PlanEntry } from "./entry.ts";

const TRIES = 5;
const EMPTY = "# PLAN\n";

/** docs/PLAN.md of the project. */
export const planPath = (root: string): string => join(root, "docs", "PLAN.md");

/**
 * Puts the entry at the top of docs/PLAN.md; makes the file if there is none. The file is replaced in one step, and
 * read again when somebody else wrote it meanwhile.
 * @throws UserError plan_contended when it changes faster than it can be written
 */
export async function recordEntry(root: string, entry: PlanEntry): Promise<void> {
	const path = planPath(root);
	const addition = renderEntry(entry);
	for (let attempt = 1; attempt <= TRIES; attempt++) {
		const before = await stampOf(path);
		const text = (await readTextIfExists(path)) ?? EMPTY;
		const next = insertEntry(text, addition);
		if ((await stampOf(path)) !== before) continue;
		return writeTextAtomic(path, next);
	}
	throw new UserError("plan_contended", `${path} is being written by somebody else`, { hint: "run the command again" });
}

/** Changes whenever the file does. */
const stampOf = (path: string): Promise<string> =>
	stat(path, { bigint: true }).then(
		({ mtimeNs, size, ino }) => `${mtimeNs} ${size} ${ino}`,
		() => "none",
	);
