import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { runStatic } from "../../src/checks/run-static.ts";
import { sarifOf } from "../../src/checks/sarif.ts";
import { couldNotLookOf } from "../../src/checks/triage-report.ts";
import { sarifFaults } from "../support/sarif.ts";
import { treeOf } from "../support/tree.ts";
import { checkOf, triageOf } from "../support/triage.ts";

const { signal } = new AbortController();

it("is an unsuccessful run in SARIF when a check failed or hung, and none when something was not there to be seen", async () => {
	const fails = checkOf("fails", () => {
		throw new Error("no such thing");
	});
	const hangs = checkOf("hangs", async () => delay(60_000, { looked: "", findings: [] }, { ref: false }));
	const blind = checkOf("blind", () => ({
		...{ looked: "", findings: [], couldNotLook: [{ what: "hadolint is absent", how: "cres tools fetch hadolint" }] },
	}));
	const ran = async (checks: ReturnType<typeof checkOf>[]) => {
		const results = await runStatic(checks, treeOf({ "a.txt": "" }), { signal, timeoutMs: 50 });
		const { report } = await triageOf({ "a.txt": "" }, []);
		const sarif = sarifOf({ ...report, couldNotLook: couldNotLookOf(results) }, checks, "0.1.0");
		expect(sarifFaults(sarif)).toEqual([]);
		return sarif.runs[0]!.invocations![0]!;
	};
	expect(await ran([blind, fails])).toEqual({
		executionSuccessful: false,
		toolExecutionNotifications: [
			{
				level: "warning",
				message: { text: "blind could not look: hadolint is absent. cres tools fetch hadolint" },
				associatedRule: { index: 0 },
			},
			{
				level: "error",
				message: { text: expect.stringMatching(/^fails could not look: the check failed: no such thing\. /) as string },
				associatedRule: { index: 1 },
			},
		],
	});
	expect(await ran([hangs])).toMatchObject({
		executionSuccessful: false,
		toolExecutionNotifications: [{ level: "error" }],
	});
	expect(await ran([blind])).toMatchObject({ executionSuccessful: true });
});
