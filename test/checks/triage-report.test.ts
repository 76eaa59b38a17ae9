import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { loadChecks } from "../../src/checks/registry.ts";
import { renderTriage } from "../../src/checks/render-triage.ts";
import { runStatic } from "../../src/checks/run-static.ts";
import { sarifOf } from "../../src/checks/sarif.ts";
import { sarifFaults } from "../support/sarif.ts";
import { treeOf } from "../support/tree.ts";
import { checkOf, linesWith, triageOf } from "../support/triage.ts";

const SCRIPT = { "deploy/run.sh*": "#!/bin/bash\r\nexec worker\r\n", "README.md": "# worker\n", "logo.png": null };
const signal = new AbortController().signal;

it("shows a small tree as text, as JSON and as SARIF", async () => {
	const checks = (await loadChecks()).filter(({ id }) => id === "carriage-returns");
	const { report } = await triageOf(SCRIPT, checks);
	expect(renderTriage(report)).toMatchInlineSnapshot(`
		"✖ error  TS101  carriage-returns
		  deploy/run.sh has lines that end with CRLF
		    deploy/run.sh:1  #!/bin/bash
		  → write it with LF: sed -i 's/\\r$//' deploy/run.sh, and add "*.sh text eol=lf" to .gitattributes

		1 error; looked at: 1 check, 2 files"
	`);
	expect(report).toMatchInlineSnapshot(`
		{
		  "couldNotLook": [],
		  "findings": [
		    {
		      "check": "carriage-returns",
		      "code": "TS101",
		      "evidence": [
		        {
		          "line": 1,
		          "path": "deploy/run.sh",
		          "text": "#!/bin/bash",
		        },
		      ],
		      "fingerprint": "77cc14c4b85340c2",
		      "fix": {
		        "say": "write it with LF: sed -i 's/\\r$//' deploy/run.sh, and add "*.sh text eol=lf" to .gitattributes",
		      },
		      "message": "deploy/run.sh has lines that end with CRLF",
		      "severity": "error",
		      "title": "Do scripts and settings that Linux reads end their lines with LF?",
		    },
		  ],
		  "lookedAt": {
		    "checks": 1,
		    "files": 2,
		    "instances": [],
		    "tooLarge": 0,
		  },
		  "silences": [],
		}
	`);
	const sarif = sarifOf(report, checks, "0.1.0");
	expect(sarif).toMatchInlineSnapshot(`
		{
		  "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		  "runs": [
		    {
		      "columnKind": "utf16CodeUnits",
		      "invocations": [
		        {
		          "executionSuccessful": true,
		          "toolExecutionNotifications": [],
		        },
		      ],
		      "originalUriBaseIds": {
		        "%SRCROOT%": {
		          "description": {
		            "text": "The folder that was looked at.",
		          },
		        },
		      },
		      "results": [
		        {
		          "level": "error",
		          "locations": [
		            {
		              "message": {
		                "text": "#!/bin/bash",
		              },
		              "physicalLocation": {
		                "artifactLocation": {
		                  "uri": "deploy/run.sh",
		                  "uriBaseId": "%SRCROOT%",
		                },
		                "region": {
		                  "snippet": {
		                    "text": "#!/bin/bash",
		                  },
		                  "startLine": 1,
		                },
		              },
		            },
		          ],
		          "message": {
		            "text": "deploy/run.sh has lines that end with CRLF

		Fix: write it with LF: sed -i 's/\\r$//' deploy/run.sh, and add "*.sh text eol=lf" to .gitattributes",
		          },
		          "partialFingerprints": {
		            "cresFinding/v1": "77cc14c4b85340c2",
		            "primaryLocationLineHash": "77cc14c4b85340c2:1",
		          },
		          "ruleId": "TS101",
		          "ruleIndex": 0,
		        },
		      ],
		      "tool": {
		        "driver": {
		          "name": "cres triage",
		          "rules": [
		            {
		              "defaultConfiguration": {
		                "level": "error",
		              },
		              "fullDescription": {
		                "text": "A shell takes the carriage return for a part of the last word: the interpreter or the file is not found.",
		              },
		              "help": {
		                "markdown": "A shell takes the carriage return for a part of the last word: the interpreter or the file is not found.

		**Example**: \`#!/bin/bash\\r\\n\` fails with "bad interpreter"; \`#!/bin/bash\\n\` runs. \`* text=auto eol=lf\` in .gitattributes keeps it so.

		\`cres triage explain carriage-returns\` says how to silence it.",
		                "text": "A shell takes the carriage return for a part of the last word: the interpreter or the file is not found.

		Example: \`#!/bin/bash\\r\\n\` fails with "bad interpreter"; \`#!/bin/bash\\n\` runs. \`* text=auto eol=lf\` in .gitattributes keeps it so.

		cres triage explain carriage-returns says how to silence it.",
		              },
		              "id": "TS101",
		              "name": "carriage-returns",
		              "shortDescription": {
		                "text": "Do scripts and settings that Linux reads end their lines with LF?",
		              },
		            },
		          ],
		          "semanticVersion": "0.1.0",
		        },
		      },
		    },
		  ],
		  "version": "2.1.0",
		}
	`);
	expect(sarifFaults(sarif)).toEqual([]);
});

it("says of a clean tree what was looked at", async () => {
	const { report } = await triageOf({ "a.txt": "" }, [
		checkOf("one", linesWith("bad")),
		checkOf("other", linesWith("evil")),
	]);
	expect(renderTriage(report)).toMatchInlineSnapshot(`"nothing found; looked at: 2 checks, 1 file"`);
});

it("orders by severity, folds many findings of one check, and shows all of them with --only", async () => {
	const files = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`src/${at}.py`, "bad\n"]));
	const checks = [
		checkOf("soft", linesWith("evil"), { severity: "note" }),
		checkOf("many", linesWith("bad"), { severity: "warning" }),
	];
	const { report } = await triageOf({ ...files, "x.sh": `evil ${"very ".repeat(40)}\n`, "y.sh": "worse\n" }, [
		...checks,
		checkOf("hard", linesWith("worse")),
	]);
	const text = renderTriage(report);
	expect(text).toMatchInlineSnapshot(`
		"✖ error  TS94  hard
		  y.sh says worse
		    y.sh:1  worse
		  → take worse out

		▲ warning  TS94  many  × 9
		  Is many right?
		    src/0.py:1  src/0.py says bad
		    src/1.py:1  src/1.py says bad
		    src/2.py:1  src/2.py says bad
		    src/3.py:1  src/3.py says bad
		    src/4.py:1  src/4.py says bad
		    … and 4 more
		  → take bad out
		  → to see all of them: the same command with --only many

		• note  TS94  soft
		  x.sh says evil
		    x.sh:1  evil very very very very very very very very very very very very ve…
		  → take evil out

		1 error, 9 warnings, 1 note; looked at: 3 checks, 11 files"
	`);
	expect(text.split("\n").filter((line) => line.length > 80)).toEqual([]);
	expect(renderTriage(report, { unfolded: true }).match(/^▲ warning/gm)).toHaveLength(9);
});

it("never takes a check that fails, hangs or was not begun for a pass, and hides no other one", async () => {
	const checks = [
		checkOf("fails", () => {
			throw new Error("no such thing");
		}),
		checkOf("hangs", async () => delay(60_000, { looked: "", findings: [] }, { ref: false })),
		checkOf("finds", linesWith("bad")),
		checkOf("blind", () => ({
			...{ looked: "", findings: [], couldNotLook: [{ what: "hadolint is absent", how: "cres tools fetch hadolint" }] },
		})),
	];
	const results = await runStatic(checks, treeOf({ "a.txt": "bad" }), { signal, timeoutMs: 50 });
	expect(
		results.map(({ check, outcome }) => [check.id, outcome.findings.length, outcome.couldNotLook?.[0]?.what]),
	).toEqual([
		["fails", 0, "the check failed: no such thing"],
		["hangs", 0, "no answer in 0.05 s"],
		["finds", 1, undefined],
		["blind", 0, "hadolint is absent"],
	]);
	const { report } = await triageOf(
		{ "a.txt": "bad" },
		checks.filter(({ id }) => id !== "hangs"),
	);
	expect(renderTriage(report)).toMatchInlineSnapshot(`
		"✖ error  TS95  finds
		  a.txt says bad
		    a.txt:1  bad
		  → take bad out

		? could not look: fails: the check failed: no such thing
		  → this is a defect of the check: report it with the version (cres version) and the file that it fails on

		? could not look: blind: hadolint is absent
		  → cres tools fetch hadolint

		1 error; looked at: 1 check, 1 file
		2 checks could not look at everything"
	`);
});

it("lists what the budget left out", async () => {
	const slow = checkOf("slow", async () => delay(30, { looked: "", findings: [] }), { waits: true });
	const many = Array.from({ length: 20 }, (_, at) =>
		checkOf(`check-${at}`, async () => delay(20, { looked: "", findings: [] })),
	);
	const { report } = await triageOf({ "a.txt": "" }, [slow, ...many], { budgetMs: 10 });
	expect(report.couldNotLook.length).toBeGreaterThan(10);
	expect(report.couldNotLook[0]).toMatchObject({ what: "not run: the budget was used up" });
	expect(report.lookedAt.checks + report.couldNotLook.length).toBe(21);
});

it("stops between two checks when the operator does", async () => {
	const stop = new AbortController();
	const reached: string[] = [];
	const checks = ["a", "b", "c", "d", "e", "f", "g", "h"].map((id) =>
		checkOf(id, () => {
			reached.push(id);
			stop.abort(new Error("stopped by the operator"));
			return { looked: "", findings: [] };
		}),
	);
	await expect(runStatic(checks, treeOf({}), { signal: stop.signal })).rejects.toThrow("stopped by the operator");
	expect(reached.length).toBeLessThan(8);
});

it("hears a signal of the system behind the check that runs", async () => {
	const stop = new AbortController();
	const reached: string[] = [];
	const checks = ["a", "b", "c", "d", "e", "f", "g", "h"].map((id) =>
		checkOf(id, () => {
			reached.push(id);
			if (id === "b") process.kill(process.pid, "SIGUSR2");
			return { looked: "", findings: [] };
		}),
	);
	process.once("SIGUSR2", () => stop.abort(new Error("stopped by the operator")));
	await expect(runStatic(checks, treeOf({}), { signal: stop.signal })).rejects.toThrow("stopped by the operator");
	expect(reached).toEqual(["a", "b"]);
});

it("gives every check a code, an id and texts of its own", async () => {
	const checks = await loadChecks();
	const codes = checks.map(({ code }) => code);
	expect(codes).toEqual([...new Set(codes)].toSorted());
	for (const { code, id, question, why, example } of checks) {
		expect(code).toMatch(/^T[SR]\d{3}$/);
		expect(question, id).toMatch(/\?$/);
		expect(
			[why, example].every((text) => text.length > 20),
			id,
		).toBe(true);
	}
});
