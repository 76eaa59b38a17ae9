import { appendFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { journalRecordSchema, type JournalEvent } from "../../src/state/journal-events.ts";
import { hasBegun, openJournal, rolloutId, unfinishedRollout } from "../../src/state/journal.ts";
import { readRecords } from "../../src/state/record-log.ts";
import { settableClock, temporaryDirectory } from "./temporary.ts";

const NOW = Date.UTC(2026, 10, 23, 10, 15, 0, 123);
const AT = "2026-11-23T10:15:00.123Z";
const ID = rolloutId(NOW, 7);
const BEGIN: JournalEvent = { event: "begin", purpose: "deploy", token: 7, owner: "ann@pc" };
const STEP: JournalEvent = { event: "step", kind: "pull", title: "pull sha256:0123", phase: "prepare" };

let state: string;
beforeEach(async () => {
	state = await temporaryDirectory();
});
const open = (id = ID) => openJournal(state, "cpu-1", id, settableClock(NOW));
const pathOf = (id = ID) => join(state, "journal", "cpu-1", `${id}.jsonl`);

const text = fc.string();
const events: fc.Arbitrary<JournalEvent> = fc.oneof(
	fc.record(
		{
			event: fc.constant("begin" as const),
			purpose: fc.constantFrom("deploy", "rollback", "replace", "start", "stop", "restart", "rotate"),
			reference: text,
			token: fc.nat(),
			owner: text,
		},
		{ requiredKeys: ["event", "purpose", "token", "owner"] },
	),
	fc.record({
		event: fc.constant("step" as const),
		kind: text,
		title: text,
		phase: fc.constantFrom("prepare", "swap", "prove", "cleanup"),
	}),
	fc.record({ event: fc.constant("done" as const), kind: text, ms: fc.nat() }),
	fc.record({ event: fc.constant("failed" as const), kind: fc.option(text), code: text, message: text }),
	fc.record({ event: fc.constant("note" as const), text }),
	fc.record({
		event: fc.constant("end" as const),
		outcome: fc.constantFrom("live", "rolled-back", "failed", "interrupted", "done"),
	}),
);

describe("a rollout that was interrupted", () => {
	const later = (seconds: number) => rolloutId(NOW + seconds * 1000, 8);
	const stopped: JournalEvent = { ...BEGIN, event: "begin", purpose: "stop" };

	it("is still told after a stop that came to its end, and after one that was refused", async () => {
		for (const event of [BEGIN, STEP]) await open().write(event);
		for (const purpose of ["start", "restart", "stop"] as const) {
			const done = { event: "end", outcome: "done" } as const;
			for (const event of [{ ...stopped, purpose }, done]) await open(later(1)).write(event);
		}
		await open(later(2)).write({ event: "end", outcome: "failed" });
		expect(await unfinishedRollout(state, "cpu-1")).toMatchObject({ id: ID, purpose: "deploy", last: "step pull" });
	});

	it("is over when a later rollout has come to its end", async () => {
		for (const event of [BEGIN, STEP]) await open().write(event);
		for (const event of [BEGIN, { event: "end", outcome: "live" } as const]) await open(later(1)).write(event);
		expect(await unfinishedRollout(state, "cpu-1")).toBeUndefined();
	});
});

describe("a journal", () => {
	it("gives back every event that was written, each with its time", async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(events, { maxLength: 5 }), fc.uuid(), async (written, id) => {
				for (const event of written) await open(id).write(event);
				const { records, skipped } = await readRecords(pathOf(id), journalRecordSchema);
				expect(records).toEqual(written.map((event) => ({ at: AT, ...event })));
				expect(skipped).toBe(0);
			}),
			{ numRuns: 40 },
		);
	});

	it("holds no secret, in no text of any event", async () => {
		const [hidden, alsoAKind] = ["s3cret-of-the-journal", "await-pollers"];
		new Secret(hidden);
		new Secret(alsoAKind);
		const journal = open();
		await journal.write({ ...BEGIN, reference: `r/${hidden}`, owner: hidden } as JournalEvent);
		await journal.write({ event: "step", kind: alsoAKind, title: `with ${hidden}`, phase: "prove" });
		await journal.write({ event: "failed", kind: null, code: "pull", message: `no ${hidden}` });
		await journal.write({ event: "note", text: hidden });
		const written = await readFile(pathOf(), "utf8");
		expect(written).not.toContain(hidden);
		expect(written.match(/\[redacted\]/g)).toHaveLength(5);
		expect(await unfinishedRollout(state, "cpu-1")).toMatchObject({ kinds: [alsoAKind] });
	});

	it("holds no secret in the last lines of a container, and keeps of a long text its beginning", async () => {
		const hidden = "s3cret-of-the-log";
		new Secret(hidden);
		await open().write({ event: "log", lines: [`key ${hidden}`, "x".repeat(16_385), "y".repeat(16_384)] });
		const { records } = await readRecords(pathOf(), journalRecordSchema);
		expect(records).toEqual([
			{ at: AT, event: "log", lines: ["key [redacted]", `${"x".repeat(16_384)}…`, "y".repeat(16_384)] },
		]);
	});

	it("is kept of the 500 newest rollouts of its instance", async () => {
		const ids = Array.from({ length: 502 }, (_, n) => rolloutId(NOW + n * 1000, n));
		await open(ids[0]).write(STEP);
		for (const id of ids.slice(1, -1)) await writeFile(pathOf(id), "");
		await open(ids.at(-1)).write(STEP);
		expect(await readdir(join(state, "journal", "cpu-1"))).toHaveLength(502);
		await open(ids.at(-1)).write(BEGIN);
		const kept = await readdir(join(state, "journal", "cpu-1"));
		expect(kept.toSorted()).toEqual(
			ids
				.slice(2)
				.map((id) => `${id}.jsonl`)
				.toSorted(),
		);
	});

	it("refuses what is no event", () => {
		const fits = (record: object) => journalRecordSchema.safeParse({ at: AT, ...record }).success;
		expect(fits(STEP)).toBe(true);
		expect(fits({ ...STEP, phase: "later" })).toBe(false);
		expect(fits({ event: "begin", purpose: "dance", token: 1, owner: "a" })).toBe(false);
		expect(fits({ event: "end" })).toBe(false);
	});
});

describe("unfinishedRollout", () => {
	it("is the newest one while it has no end", async () => {
		expect(await unfinishedRollout(state, "cpu-1")).toBeUndefined();
		const journal = open();
		await journal.write(BEGIN);
		await journal.write(STEP);
		await journal.write({ event: "done", kind: "pull", ms: 12 });
		await journal.write({ ...STEP, kind: "start" });
		await journal.write({ ...STEP, kind: "pull" });
		const unfinished = { id: ID, at: AT, purpose: "deploy", last: "step pull", kinds: ["pull", "start"] };
		expect(await unfinishedRollout(state, "cpu-1")).toEqual(unfinished);
		expect(await unfinishedRollout(state, "cpu-2")).toBeUndefined();
		await journal.write({ event: "end", outcome: "failed" });
		await journal.write({ event: "note", text: "a record could not be written" });
		expect(await unfinishedRollout(state, "cpu-1")).toBeUndefined();
		const later = rolloutId(NOW + 1000, 8);
		await open(later).write({ ...BEGIN, purpose: "rollback" } as JournalEvent);
		expect(await unfinishedRollout(state, "cpu-1")).toEqual({
			...{ id: later, at: AT, purpose: "rollback", last: "begin rollback", kinds: [] },
		});
	});

	it("is found behind a torn last line, and where an end itself was torn", async () => {
		await open().write(BEGIN);
		await open().write(STEP);
		await appendFile(pathOf(), '{"v":1,"sum":"0123');
		expect(await unfinishedRollout(state, "cpu-1")).toMatchObject({ last: "step pull" });
		await open().write({ event: "end", outcome: "live" });
		expect(await unfinishedRollout(state, "cpu-1")).toBeUndefined();
	});

	it.each([
		[["begin deploy", "step pull", "done pull 12 ms"], { purpose: "deploy", last: "done pull", kinds: ["pull"] }],
		[["begin recreate", "step rent"], { purpose: "replace", last: "step rent", kinds: ["rent"] }],
		[["begin stop", "failed first step"], { purpose: "stop", last: "failed first", kinds: [] }],
		[["begin deploy", "step pull", "end live"], undefined],
		[["begin stop", "end stop"], undefined],
	])("reads what version 0.1 wrote: %j", async (written, expected) => {
		const lines = written.map((line) => {
			const [event, name, ...detail] = line.split(" ");
			return JSON.stringify({ at: AT, event, name, ...(detail.length > 0 ? { detail: detail.join(" ") } : {}) });
		});
		await mkdir(join(state, "journal", "cpu-1"), { recursive: true });
		await writeFile(pathOf(), `${lines.join("\n")}\n`);
		const found = await unfinishedRollout(state, "cpu-1");
		expect(found).toEqual(expected && { id: ID, at: AT, ...expected });
	});
});

describe("a line that version 0.1 wrote", () => {
	it.each<[string, string, string | undefined, object]>([
		[
			"begin",
			"rollback",
			"r/x@sha256:1",
			{ purpose: "rollback", reference: "r/x@sha256:1", token: 0, owner: "unknown" },
		],
		["begin", "dance", undefined, { purpose: "deploy", token: 0, owner: "unknown" }],
		["step", "pull", "pull sha256:0123", { kind: "pull", title: "pull sha256:0123", phase: "prepare" }],
		["done", "pull", "12 ms", { kind: "pull", ms: 12 }],
		["done", "pull", undefined, { kind: "pull", ms: 0 }],
		["failed", "pull", "no route", { kind: "pull", code: "unknown", message: "no route" }],
		["failed", "pull", undefined, { kind: "pull", code: "unknown", message: "" }],
		["end", "rolled-back", undefined, { outcome: "rolled-back" }],
		["end", "stop", undefined, { outcome: "done" }],
	])("%s %s becomes an event of today", (event, name, detail, expected) => {
		const line = { at: AT, event, name, ...(detail === undefined ? {} : { detail }) };
		expect(journalRecordSchema.parse(line)).toEqual({ at: AT, event, ...expected });
	});
});

it("knows which rollouts were begun from here", async () => {
	expect(await hasBegun(state, "cpu-1", ID)).toBe(false);
	await open().write(BEGIN);
	expect(await hasBegun(state, "cpu-1", ID)).toBe(true);
	expect(await hasBegun(state, "cpu-2", ID)).toBe(false);
});

it("gives ids that sort by time and hold no character a file name may not have", () => {
	expect(ID).toBe("20261123T101500.123-7");
});
