import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError, messageOf } from "../errors/errors.ts";
import { sharedLock } from "../state/directory.ts";
import { writeDurably } from "../system/durable-files.ts";
import { withLock } from "../state/lock.ts";
import { readTextIfExists } from "../system/files.ts";
import { insertEntry } from "./document.ts";
import { renderEntry, type PlanEntry } from "./entry.ts";

const TRIES = 5;
const EMPTY = "# PLAN\n";
const SAMPLE = "## 2026-01-01 - sample\n";

/** docs/PLAN.md of the project. */
export const planPath = (root: string): string => join(root, "docs", "PLAN.md");

/**
 * Puts the entry at the top of docs/PLAN.md; makes the file if there is none. One process of cres writes at a time; the
 * file is replaced in one step, and read again when an editor wrote it meanwhile.
 * @throws UserError plan_contended when it changes faster than it can be written, plan_unwritable; both hold the entry
 */
export async function recordEntry(root: string, entry: PlanEntry): Promise<void> {
	const path = planPath(root);
	const addition = renderEntry(entry);
	try {
		await withLock(sharedLock(root, "plan"), () => insert(path, addition));
	} catch (error) {
		const message = `${path} could not be written (${messageOf(error)}); its entry is:\n\n${addition}`;
		throw new UserError(error instanceof UserError ? error.code : "plan_unwritable", message, {
			hint: "put the entry above at the top of docs/PLAN.md by hand; the rollout itself is done: cres status",
			cause: error,
		});
	}
}

/** Nothing is written. @throws UserError plan_style where recordEntry would: better told before a rollout than after it */
export async function assertTakesEntries(root: string): Promise<void> {
	const text = await readTextIfExists(planPath(root)).catch(() => undefined); // recordEntry keeps the entry then
	insertEntry(text ?? EMPTY, SAMPLE);
}

async function insert(path: string, addition: string): Promise<void> {
	for (let attempt = 1; attempt <= TRIES; attempt++) {
		const before = await stampOf(path);
		const text = (await readTextIfExists(path)) ?? EMPTY;
		const next = insertEntry(text, addition);
		if ((await stampOf(path)) !== before) continue;
		return writeDurably(path, next);
	}
	throw new UserError("plan_contended", "somebody else writes it all the time");
}

/** Changes whenever the file does. */
const stampOf = (path: string): Promise<string> =>
	stat(path, { bigint: true }).then(
		({ mtimeNs, size, ino }) => `${mtimeNs} ${size} ${ino}`,
		() => "none",
	);
