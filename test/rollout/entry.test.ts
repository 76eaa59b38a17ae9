import { describe, expect, it } from "vitest";
import { rolloutEntry } from "../../src/rollout/entry.ts";
import type { Rollout } from "../../src/rollout/report.ts";
import { DIGESTS, rolloutResult } from "../support/rollout-result.ts";

const COLOUR = { name: "COLOUR", secret: false, before: "red", after: "blue" };
const KEY = { name: "KEY", secret: true, before: null, after: null };
const at = new Date("2026-03-01T10:00:05.000Z");
const failure = { code: "never_polled", message: "it did not poll", hint: null };

describe("the docs/PLAN.md entry of a rollout", () => {
	it("holds what was observed and the command that goes back", () => {
		expect(rolloutEntry(rolloutResult({ settingChanges: [COLOUR, KEY] }), at)).toEqual({
			...{ at, by: "ops@control" },
			title: "Deploy api to bbb",
			objective: `run build \`bbb\` (\`${DIGESTS.next}\`) on api, generation 7.`,
			changes: [
				`api: \`aaa\` (\`${DIGESTS.old}\`) → \`bbb\``,
				...["setting `COLOUR`: `red` → `blue`", "setting `KEY`: changed"],
			],
			validation: [
				{ label: "Steps (2.50 s in all)", observed: ["pull: 1.20 s", "start: 0.34 s"] },
				{ label: "Observed", observed: ["health: ok"] },
				{
					label: "Pollers observed",
					observed: ["`cpu@api/bbb-01234567` on `jobs@cpu` (activity), last poll 2026-03-01T10:00:00.000Z"],
				},
				{ label: "Plan followed", observed: ["pull it", "start it"] },
			],
			rollback: ["`cres rollback api --to r1`", "`cres pollers` shows the earlier build polling."],
		});
	});

	it("of one that was stopped or could not go back says so", () => {
		const entryOf = (code: string, of: Partial<Rollout> = {}) =>
			rolloutEntry(rolloutResult({ outcome: "rolled-back", failure: { ...failure, code }, undo: null, ...of }), at);
		expect(entryOf("interrupted").title).toBe("Deploy api to bbb was interrupted");
		expect(entryOf("revert_failed")).toMatchObject({
			title: "Deploy api to bbb failed, and so did going back",
			rollback: ["`cres status api`", "`cres rollback api`"],
		});
		expect(entryOf("revert_failed").changes.at(-1)).toBe("api could not be brought back");
		expect(entryOf("revert_failed", { previous: null }).rollback).toEqual(["`cres status api`", "`cres stop api`"]);
	});

	it("of a first release is undone by stopping it", () => {
		const entry = rolloutEntry(rolloutResult({ previous: null, undo: null, seen: [], pollers: [] }), at);
		expect(entry.changes).toEqual(["api: first release `bbb`"]);
		expect(entry.validation.map(({ label }) => label)).toEqual(["Steps (2.50 s in all)", "Plan followed"]);
		expect(entry.rollback).toEqual(["`cres stop api`"]);
	});

	it("of one that failed shows the last lines of its log, as code and not wider than a line may be", () => {
		const logTail = ["zero", "one", "two", "\u001b[31mthree\u001b[0m", "four`", "x".repeat(400)];
		const { rootCause } = rolloutEntry(
			rolloutResult({ outcome: "rolled-back", failure, logTail, log: "kept.log" }),
			at,
		);
		expect(rootCause).toEqual([
			"`never_polled`: it did not poll",
			...["log: `one`", "log: `two`", "log: `three`", "log: `four'`"],
			...[`log: \`${"x".repeat(300)}\``, "its whole log: `kept.log`"],
		]);
	});

	it("of one that failed has the cause, and says what was gone back to", () => {
		const failed = rolloutResult({ outcome: "rolled-back", purpose: "rollback", failure, undo: null });
		const entry = rolloutEntry(failed, at);
		expect(entry).toMatchObject({
			title: "Roll back api to bbb failed",
			rootCause: ["`never_polled`: it did not poll"],
			rollback: ["Nothing to undo: the release before runs."],
		});
		expect(entry.changes.at(-1)).toBe("went back to `aaa`, which polls again");
		const silent = rolloutEntry({ ...failed, pollers: [] }, at);
		expect(silent.changes.at(-1)).toBe("went back to `aaa`; its polls are not verified");
		const first = rolloutEntry({ ...failed, previous: null }, at);
		expect(first.changes.at(-1)).toBe("the new container was removed");
		expect(first.rollback).toEqual(["Nothing to undo: nothing runs, as before."]);
	});
});
