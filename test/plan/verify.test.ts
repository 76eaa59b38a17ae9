import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import type { PlanPorts } from "../../src/plan/add.ts";
import { lintDocument, type LintOptions } from "../../src/plan/lint-report.ts";
import { readPlan } from "../../src/plan/reader.ts";
import type { CheckPorts } from "../../src/plan/run-check.ts";
import { verifyEntries } from "../../src/plan/verify.ts";
import { systemShell } from "../../src/system/shell.ts";
import { serve } from "../support/loopback-server.ts";

const SETTINGS =
	'project: a\nimage: { repository: owner/worker }\nregistry: { push: { address: "127.0.0.1:5000" } }\ntemporal: { address: "127.0.0.1:7233" }\nstore: { endpoint: "127.0.0.1:9000" }\n';
const entry = (title: string, validation: string, more = "") =>
	`## 2026-01-01 - ${title}\n\n${more}- Objective: x.\n- Changes:\n  - y\n\n### Validation\n\n${validation}\n### Rollback\n\n1. undo\n\n`;

let root: string;
let ports: PlanPorts & CheckPorts;
beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-verify-"));
	await mkdir(join(root, "docs"));
	await writeFile(join(root, "docs", "x.md"), "text\n");
	await writeFile(join(root, "cres.yaml"), SETTINGS);
	const config = await loadConfig({ directory: root, environment: {} });
	ports = {
		...{ config, root, network: true, shell: systemShell, clock: { now: () => 0 } },
		...{ signal: new AbortController().signal, temporal: () => Promise.reject(new Error("nobody asks Temporal")) },
	};
});

describe("verify", () => {
	const verify = (text: string) => verifyEntries(readPlan(text).entries, ports, "docs/PLAN.md");

	it("runs every recorded check, and executes nothing else: each claim with its line and what was recorded", async () => {
		const text = entry(
			"A",
			"- Checks:\n  - `check: file-exists docs/x.md` → passed: a file\n  - `check: file-absent docs` → failed: a folder\n  - `check: file-exists gone`\n- By hand:\n  - `touch ran`\n  - `rg ran`\n- Somebody looked:\n- `check: file-exists ../a`\n",
		);
		const { claims, counts, entries, document } = await verify(text);
		expect(
			claims.map(({ line, claim, recorded, verdict, observed }) => [line, claim, recorded, verdict, observed]),
		).toEqual([
			[10, "check: file-exists docs/x.md", "passed", "true", "a file"],
			[11, "check: file-absent docs", "failed", "false", "a folder"],
			[12, "check: file-exists gone", null, "false", "not there"],
			[15, "rg ran", null, "unverifiable", "free text: cres executes no commands of a document"],
			[16, "Somebody looked", null, "unverifiable", "nothing in it can be checked"],
			[17, "`check: file-exists ../a`", null, "unverifiable", "nothing in it can be checked"],
		]);
		expect([counts, entries, document]).toEqual([{ true: 1, false: 2, unverifiable: 3 }, 1, "docs/PLAN.md"]);
		expect(claims[0]).toMatchObject({ title: "A", entry: readPlan(text).entries[0]!.id });
	});

	it("says of every one of many checks how it ended, in their order", async () => {
		const count = 40;
		const lines = Array.from({ length: count }, (_, at) => `  - \`check: file-exists gone-${at}\`\n`).join("");
		const { claims } = await verify(entry("A", `- Checks:\n${lines}`));
		expect(claims.map(({ claim }) => claim)).toEqual(
			Array.from({ length: count }, (_, at) => `check: file-exists gone-${at}`),
		);
	});

	it("shows no secret", async () => {
		const { claims } = await verify(entry("A", "- `rg ghp_abcdefghijklmnopqrstuvwxyz0123456789 docs`\n"));
		expect(claims).toHaveLength(1);
		expect(JSON.stringify(claims)).not.toContain("ghp_");
	});
});

describe("lint", () => {
	const OPTIONS: LintOptions = { run: false, network: true, only: [], ignore: [] };
	const failing = (url = "http://127.0.0.1:1/") =>
		entry("A", `- \`check: file-exists gone\`\n- \`check: http-status ${url} 200\`\n`);
	const FAILING = failing();
	const lint = async (text: string, options: Partial<LintOptions> = {}) => {
		const report = await lintDocument(ports, text, { ...OPTIONS, ...options });
		return { ...report, found: report.diagnostics.map(({ line, code }) => `${line} ${code}`) };
	};

	it("runs no check unless that is asked for, and says so", async () => {
		const { document, entries, found, notLookedAt } = await lint(`# PLAN\n\n${FAILING}`);
		expect([document, entries, found]).toEqual(["docs/PLAN.md", 1, []]);
		expect(notLookedAt).toEqual([
			"claim-not-in-commit: git does not know docs/PLAN.md; commit it",
			"check-fails: --run runs the recorded checks",
		]);
	});

	it("names the checks that do not hold, each with its entry, without the network those of files alone", async () => {
		const { diagnostics, notLookedAt } = await lint(`# PLAN\n\n${FAILING}`, { run: true, network: false });
		const { id } = readPlan(FAILING).entries[0]!;
		expect(diagnostics).toEqual([
			{ code: "check-fails", line: 11, entry: id, message: "`check: file-exists gone`: not there" },
		]);
		expect(notLookedAt).toEqual(["claim-not-in-commit: git does not know docs/PLAN.md; commit it"]);
		const { origin } = await serve(() => ({ status: 404 }));
		const { found } = await lint(`# PLAN\n\n${failing(origin)}`, { run: true });
		expect(found).toEqual(["11 check-fails", "12 check-fails"]);
	});

	it.each(["[A](#2026-01-01---a)", "ID"])(
		"does not run the checks of an entry that was taken back: %s",
		async (name) => {
			const { id } = readPlan(FAILING).entries[0]!;
			const undo = entry("B", "- fine\n", `- Reverts: ${name.replace("ID", id)}\n`);
			expect((await lint(`# PLAN\n\n${undo}${FAILING}`, { run: true })).found).toEqual([]);
		},
	);

	it("says only what is asked for, and looks at nothing else", async () => {
		const text = `# PLAN\n${FAILING}## 2026-01-02 - B\n`;
		const all = ["2 no-blank-before", ...Array.from({ length: 4 }, () => "17 missing-section"), "17 date-inversion"];
		expect((await lint(text)).found.toSorted()).toEqual(all.toSorted());
		const only = await lint(text, { only: ["date-inversion", "no-blank-before"], ignore: ["no-blank-before"] });
		expect([only.found, only.notLookedAt]).toEqual([["17 date-inversion"], []]);
		const ignored = await lint(text, { run: true, ignore: ["check-fails", "zone-drift"] });
		expect(ignored.found.toSorted()).toEqual(all.toSorted());
	});

	it.each([
		["claim-not-in-commit", true],
		["zone-drift", true],
		["secret", false],
	])("asks git for %s: %s", async (code, asks) => {
		let asked = 0;
		const shell: PlanPorts["shell"] = { ...systemShell, run: (...args) => (asked++, systemShell.run(...args)) };
		await lintDocument({ ...ports, shell }, "# PLAN\n", { ...OPTIONS, only: [code] });
		expect(asked > 0).toBe(asks);
	});
});
