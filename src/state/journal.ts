import { join } from "node:path";
import { redact } from "../secrets/secret.ts";
import type { Clock } from "../system/clock.ts";
import { journalRecordSchema, type JournalEvent, type JournalRecord } from "./journal-events.ts";
import { namesIn, removeFile } from "../system/files.ts";
import { appendRecord, isEarlierFile, readRecords } from "./record-log.ts";

/** The record of one rollout, written before and after each step. */
export interface Journal {
	/** Adds an event with the time of now, without secrets. It is on disk when this returns. */
	write(event: JournalEvent): Promise<void>;
}

const directoryOf = (state: string, instance: string): string => join(state, "journal", instance);
const pathOf = (state: string, instance: string, id: string): string =>
	join(directoryOf(state, instance), `${id}.jsonl`);

/** Ids sort by time: `20261123T101500.123-<token>`. */
export const rolloutId = (now: number, token: number): string =>
	`${new Date(now).toISOString().replaceAll(/[-:]|Z$/g, "")}-${token}`;

/** The journal of one rollout; its file is made by the first event. */
export function openJournal(state: string, instance: string, id: string, clock: Pick<Clock, "now">): Journal {
	const path = pathOf(state, instance, id);
	return {
		async write(event) {
			await appendRecord(path, { at: new Date(clock.now()).toISOString(), ...redacted(event) });
			if (event.event === "begin") await removeOldest(state, instance).catch(() => {}); // housekeeping stops no work
		},
	};
}

/** Rollouts of an instance whose journals are kept. */
const KEPT = 500;

async function removeOldest(state: string, instance: string): Promise<void> {
	const surplus = (await rolloutIds(state, instance)).toSorted().slice(0, -KEPT);
	for (const id of surplus) await removeFile(pathOf(state, instance, id));
}

/** The texts that may hold a secret. Kinds and outcomes stay as they are: a reader knows no others. */
const TEXTS = new Set(["owner", "reference", "title", "message", "text", "lines"]);

const redacted = (event: JournalEvent): JournalEvent =>
	Object.fromEntries(
		Object.entries(event).map(([name, value]: [string, unknown]) => [name, TEXTS.has(name) ? clean(value) : value]),
	) as JournalEvent;

/** Characters of one text: a daemon may explain itself at any length. */
const LONGEST = 16_384;
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);

function clean(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(clean);
	return typeof value === "string" ? cut(redact(value)) : value;
}

/** Oldest first. */
const readJournal = async (state: string, instance: string, id: string): Promise<JournalRecord[]> =>
	(await readRecords(pathOf(state, instance, id), journalRecordSchema)).records;

/** A rollout that never came to its end. */
export interface UnfinishedRollout {
	id: string;
	/** When it began, RFC 3339. */
	at: string;
	purpose: string;
	/** The last thing it wrote: `step pull`. */
	last: string;
	/** Kinds of the steps that it began, in order, each once. */
	kinds: string[];
}

/** Purposes that leave what an interrupted rollout has left as it is. */
const LIFECYCLE: readonly string[] = ["start", "stop", "restart"];

/** The newest rollout of an instance, when it has no end. A stop or start that came to its end does not hide it. */
export async function unfinishedRollout(state: string, instance: string): Promise<UnfinishedRollout | undefined> {
	for (const id of newestFirst(await rolloutIds(state, instance))) {
		const records = await readJournal(state, instance, id);
		const begin = records.find((record) => record.event === "begin");
		if (!records.some(({ event }) => event === "end")) return unfinished(id, records);
		if (begin && !LIFECYCLE.includes(begin.purpose)) return undefined;
	}
	return undefined;
}

function unfinished(id: string, records: readonly JournalRecord[]): UnfinishedRollout | undefined {
	const [first, last] = [records[0], records.at(-1)];
	if (!first || !last) return undefined;
	const begin = records.find((record) => record.event === "begin");
	const kinds = records.flatMap((record) => (record.event === "step" ? [record.kind] : []));
	const purpose = begin?.purpose ?? "unknown";
	return { id, at: first.at, purpose, last: `${last.event} ${subjectOf(last)}`.trim(), kinds: [...new Set(kinds)] };
}

/** Whether a rollout of that id was begun on the instance from this state directory. */
export const hasBegun = async (state: string, instance: string, id: string): Promise<boolean> =>
	(await readJournal(state, instance, id)).length > 0;

async function rolloutIds(state: string, instance: string): Promise<string[]> {
	const names = await namesIn(directoryOf(state, instance));
	return names.flatMap((name) =>
		name.endsWith(".jsonl") && !isEarlierFile(name) ? [name.slice(0, -".jsonl".length)] : [],
	);
}

/** Each is looked for when it is asked for: of thousands, the first one or two are enough. */
function* newestFirst(ids: readonly string[]): Generator<string> {
	const newestBefore = (end: string | undefined) =>
		ids.reduce<string | undefined>((found, id) => {
			const isBefore = end === undefined || id < end;
			return isBefore && (found === undefined || id > found) ? id : found;
		}, undefined);
	for (let id = newestBefore(undefined); id !== undefined; id = newestBefore(id)) yield id;
}

function subjectOf(record: JournalRecord): string {
	switch (record.event) {
		case "begin":
			return record.purpose;
		case "step":
		case "done":
			return record.kind;
		case "failed":
			return record.kind ?? "";
		case "note":
			return record.text;
		case "log":
			return "";
		case "end":
			return record.outcome;
	}
}
