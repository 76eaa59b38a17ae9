import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { SYSTEM_FAULTS } from "../../rehearsal/system/faults.ts";
import { renderProof } from "../../rehearsal/system/prove.ts";
import { loadRuntimeChecks } from "../../src/checks/registry.ts";
import { root } from "../support/cres.ts";

it("every fault of a running instance stands in the guide, with the check that names it", async () => {
	const guide = await readFile(join(root, "docs", "guide", "triage-runtime.md"), "utf8");
	const rows = [...guide.matchAll(/^\| `([\w-]+)` *\| (.*?) *\| `(TR\d+)` *\| 3 *\|$/gm)].map(([, ...cells]) => cells);
	expect(rows).toEqual(
		Object.entries(SYSTEM_FAULTS).map(([name, { meaning, diagnosis }]) => [name, meaning, diagnosis]),
	);
	const codes = (await loadRuntimeChecks()).map(({ code }) => code);
	expect(Object.values(SYSTEM_FAULTS).filter(({ diagnosis }) => !codes.includes(diagnosis))).toEqual([]);
});

it("the proof says what was named, after what time, and what was told although all was well", () => {
	const one = { expected: "TR114", message: "port 8100 is held", exitCode: 3, ms: 6_400, also: [] };
	const faults = [
		{ ...one, fault: "port-taken" as const, found: "TR114" },
		{ ...one, fault: "stray-program" as const, expected: "TR113", found: null, exitCode: 0, also: ["TR111"] },
	];
	const proof = { faults, recall: 0.5, falseAlarms: ["TR130 / is nearly full"], healthySweeps: 3 };
	expect(`\n${renderProof(proof)}\n`).toMatchInlineSnapshot(`
		"
		FAULT          DIAGNOSIS           EXIT  TIME   ALSO
		port-taken     TR114               3     6.4 s  -
		stray-program  nothing, not TR113  0     6.4 s  TR111

		recall 50 % of 2 faults; 1 false alarms in 3 sweeps of a healthy instance
		  TR130 / is nearly full
		"
	`);
});
