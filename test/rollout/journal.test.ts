import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openJournal, rolloutId, unfinishedRollout } from "../../src/rollout/journal.ts";
import { systemClock } from "../../src/system/clock.ts";

it("finds the newest rollout when it was cut off, and only then", async () => {
	const root = await mkdtemp(join(tmpdir(), "cres-journal-"));
	expect(await unfinishedRollout(root, "cpu-1")).toBeUndefined();
	const first = openJournal(root, "cpu-1", rolloutId(1000, 1), systemClock);
	await first.write("begin", "deploy");
	await first.write("step", "pull");
	expect(await unfinishedRollout(root, "cpu-1")).toEqual({ id: rolloutId(1000, 1), last: "step pull", rented: false });
	await first.write("end", "live");
	expect(await unfinishedRollout(root, "cpu-1")).toBeUndefined();
	await openJournal(root, "cpu-1", rolloutId(2000, 2), systemClock).write("begin", "rollback");
	expect(await unfinishedRollout(root, "cpu-1")).toEqual({
		id: rolloutId(2000, 2),
		last: "begin rollback",
		rented: false,
	});
	expect(await unfinishedRollout(root, "cpu-2")).toBeUndefined();
});

it("gives ids that sort by time and hold no character a file name may not have", () => {
	expect(rolloutId(Date.UTC(2026, 10, 23, 10, 15, 0, 123), 7)).toBe("20261123T101500.123-7");
});
