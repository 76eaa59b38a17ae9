import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { UserError, messageOf } from "../errors/errors.ts";
import { sharedLock } from "../state/directory.ts";
import { writeDurably } from "../system/durable-files.ts";
import { withLock } from "../state/lock.ts";
import { readUtf8IfExists } from "../system/encoding.ts";
import { insertEntry, print, withInserted, type PlanDocument } from "./document.ts";
import { renderEntry, type PlanEntry } from "./entry.ts";

const TRIES = 5;
/** What a new document begins with. */
export const EMPTY = "# PLAN\n";
const SAMPLE = "## 2026-01-01 - sample\n";
const WRITE_BITS = 0o222;
/** The document, below the project's directory. */
export const PLAN_FILE = "docs/PLAN.md";

/** docs/PLAN.md of the project. */
export const planPath = (root: string): string => join(root, "docs", "PLAN.md");

export interface RecordOptions {
	/** What to do when the file cannot be written. */
	hint?: string;
	/** Make a table of contents where there is none. */
	contents?: boolean;
}

const ROLLOUT_HINT = "put the entry above at the top of docs/PLAN.md by hand; the rollout itself is done: cres status";

/**
 * Puts the entry at the top of docs/PLAN.md, and into its table of contents if it has one; makes the file if there is none.
 * One process of cres writes at a time; the file is replaced in one step, and read again when an editor wrote it meanwhile.
 * @throws UserError plan_contended when it changes faster than it can be written, plan_unwritable; both hold the entry
 */
export async function recordEntry(root: string, entry: PlanEntry, options: RecordOptions = {}): Promise<void> {
	await writeEntry(root, renderEntry(entry), options);
}

/** The same with the text of the entry; returns the document that was written, with the entry first. */
export async function writeEntry(root: string, addition: string, options: RecordOptions): Promise<PlanDocument> {
	try {
		let written: PlanDocument | undefined;
		await editPlan(root, async (text) => print((written = await withEntry(text ?? EMPTY, addition, options))));
		return written!;
	} catch (error) {
		const message = `${planPath(root)} could not be written (${messageOf(error)}); its entry is:\n\n${addition}`;
		const ours = error instanceof UserError ? error : undefined;
		const hint = options.hint === undefined ? ROLLOUT_HINT : (ours?.hint ?? options.hint);
		throw new UserError(ours?.code ?? "plan_unwritable", message, { hint, cause: error });
	}
}

/** The document with the entry on top and in the table of contents. @throws UserError plan_style */
export async function withEntry(text: string, addition: string, options: RecordOptions): Promise<PlanDocument> {
	const document = withInserted(text, addition);
	if (!options.contents && !/contents/i.test(document.head)) return document;
	const { withContents } = await import("./contents.ts");
	return { ...document, head: withContents(document, { make: options.contents ?? false }) };
}

/** Nothing is written. @throws UserError plan_style where recordEntry would: better told before a rollout than after it */
export async function assertTakesEntries(root: string): Promise<void> {
	const text = await readUtf8IfExists(planPath(root)).catch(() => undefined); // recordEntry keeps the entry then
	insertEntry(text ?? EMPTY, SAMPLE);
}

/**
 * Replaces docs/PLAN.md by what `edit` makes of it, under the lock that every writer of cres takes; nothing is written when
 * that is the same. `edit` may be called again, with a newer text.
 * @throws UserError plan_contended, plan_unwritable for a file that is read-only, file_unusable for one that is not UTF-8, and what `edit` throws
 */
export function editPlan(root: string, edit: (text: string | undefined) => Promise<string>): Promise<void> {
	const path = planPath(root);
	return withLock(sharedLock(root, "plan"), async () => {
		await removeLeftOvers(path);
		for (let attempt = 1; attempt <= TRIES; attempt++) {
			const before = await stampOf(path);
			const text = await readUtf8IfExists(path);
			const next = await edit(text);
			if ((await stampOf(path)) !== before) continue;
			if (next === text) return;
			await assertWritable(path);
			return writeDurably(path, next);
		}
		throw new UserError("plan_contended", "somebody else writes it all the time");
	});
}

/** Replacing a file needs no right on the file itself: who took that away meant it. */
async function assertWritable(path: string): Promise<void> {
	const found = await stat(path).catch(() => undefined);
	if (!found || (found.mode & WRITE_BITS) !== 0) return;
	throw new UserError("plan_unwritable", "it is read-only", { hint: `chmod u+w ${path}` });
}

/** What a process that was killed while it wrote has left: under the lock nobody else's is in use. */
async function removeLeftOvers(path: string): Promise<void> {
	const names = await readdir(dirname(path)).catch(() => []);
	const ours = new RegExp(`^${basename(path).replaceAll(".", "\\.")}\\.[0-9a-f]{12}\\.tmp$`);
	for (const name of names.filter((one) => ours.test(one))) await rm(join(dirname(path), name), { force: true });
}

/** Changes whenever the file does. */
const stampOf = (path: string): Promise<string> =>
	stat(path, { bigint: true }).then(
		({ mtimeNs, size, ino }) => `${mtimeNs} ${size} ${ino}`,
		() => "none",
	);
