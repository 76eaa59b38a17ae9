import { join } from "node:path";
import { expect, test } from "vitest";
import { loadChecks } from "../../src/checks/registry.ts";
import { runStatic } from "../../src/checks/run-static.ts";
import { readTree } from "../../src/checks/tree/read-tree.ts";
import { findingsOf } from "../../src/checks/triage-report.ts";
import { systemShell } from "../../src/system/shell.ts";

test("triage finds nothing in this project", async () => {
	const { signal } = new AbortController();
	const tree = await readTree(join(import.meta.dirname, "../.."), systemShell, signal);
	const findings = findingsOf(await runStatic(await loadChecks(), tree, { signal, timeoutMs: 60_000 }));

	expect(findings.map(({ code, message, evidence }) => ({ code, message, evidence }))).toEqual([]);
	expect(tree.files.length).toBeGreaterThan(1_000);
});
