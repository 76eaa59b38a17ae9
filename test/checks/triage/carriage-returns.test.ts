import { expect, test } from "vitest";
import check from "../../../src/checks/triage/carriage-returns.ts";
import { treeOf } from "../../support/tree.ts";

test("A script with CRLF is found with its first such line", () => {
	const { findings } = check.run(treeOf({ "start.sh": "#!/bin/bash\necho\r\n", "notes.md": "a\r\n" }));

	expect(findings.map(({ message, evidence }) => ({ message, evidence }))).toEqual([
		{
			message: "start.sh has lines that end with CRLF",
			evidence: [{ path: "start.sh", line: 2, text: "echo" }],
		},
	]);
});

test("Scripts with LF pass", () => {
	expect(check.run(treeOf({ "start.sh": "#!/bin/bash\n" }))).toEqual({
		looked: "1 scripts and settings",
		findings: [],
	});
});
