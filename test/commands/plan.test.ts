import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { DIAGNOSTICS } from "../../src/plan/lint.ts";
import { CHECK_WORDS } from "../../src/plan/check-text.ts";
import { documentedFields } from "../support/documented-json.ts";
import { runCres } from "../support/run-cres.ts";
import { ROOT } from "../support/sources.ts";

vi.setConfig({ testTimeout: 120_000 }); // several processes one after the other, on a machine that is busy

let directory: string;
const cres = (...args: string[]) => runCres(directory, "plan", ...args);
const ENTRY = [
	"--title",
	"Document `x`",
	"--objective",
	"say it.",
	"--change",
	"docs",
	"--rollback",
	"git revert HEAD",
];
const KNOWN = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";

beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-plan-"));
	await mkdir(join(directory, "docs"));
	await writeFile(
		join(directory, "cres.yaml"),
		'project: a\nimage: { repository: owner/worker }\nregistry: { push: { address: "127.0.0.1:5000" } }\ntemporal: { address: "127.0.0.1:7233" }\nstore: { endpoint: "127.0.0.1:9000" }\n',
	);
	await writeFile(join(directory, "docs", "x.md"), "text\n");
	await writeFile(
		join(directory, "docs", "PLAN.md"),
		`# PLAN\n## 2026-01-02 – Old\n\n* Objective: x.\n* Changes:\n  * y\n\n### Validation\n\n- \`ssh -p 1 root@h\`\n- token ${KNOWN}\n`,
	);
});

/** What a command prints, its stamps and ids made alike. */
const alike = (text: string): string =>
	text
		.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d/g, "STAMP")
		.replaceAll(/By: \S+/g, "By: SOMEBODY")
		.replaceAll(/\b[0-9a-f]{8}\b/g, "01234567")
		.replaceAll(/20(?!26-01)\d\d-\d\d-\d\d/g, "TODAY");

describe("cres plan", () => {
	it("lists, prints without secrets, and lints what a person wrote", async () => {
		const [list, one, lint] = [await cres("show"), await cres("show", "old"), await cres("lint")];
		expect([list.code, one.code, lint.code]).toEqual([0, 0, 3]);
		expect(alike(list.stdout)).toBe("ID        DATE        STATUS  TITLE\n01234567  2026-01-02  -       Old\n");
		expect(one.stdout).toContain("- token [redacted]\n");
		expect(lint.stdout).toBe(`✖ docs/PLAN.md:2 missing-section: Rollback is missing
✖ docs/PLAN.md:2 no-blank-before: no blank line stands above the heading
✖ docs/PLAN.md:10 unsafe-command: \`ssh -p 1 root@h\` runs on another machine
✖ docs/PLAN.md:11 secret: a token of GitHub stands here
! claim-not-in-commit: git does not know docs/PLAN.md; commit it
! check-fails: --run runs the recorded checks
4 findings in 1 entry
`);
		expect((await cres("lint", "--only", "toc-order")).code).toBe(0);
	});

	it("adds an entry with checks, verifies it, and says when it no longer holds", async () => {
		const checks = ["--check", 'file-contains docs/x.md "text"', "--check", "file-absent gone"];
		const planned = await cres("add", ...ENTRY, ...checks, "--observed", "By hand: fine", "--dry-run");
		expect([planned.code, alike(planned.stdout)]).toEqual([0, WANTED]);
		const added = await cres("add", ...ENTRY, ...checks, "--contents");
		expect([added.code, alike(added.stdout)]).toEqual([
			0,
			"✔ docs/PLAN.md has entry 01234567 (2 of 2 checks hold)\n  → git add docs/PLAN.md\n",
		]);
		expect(await readFile(join(directory, "docs", "PLAN.md"), "utf8")).toContain("| `[DONE]` |");
		const verified = await cres("verify", "1");
		expect([verified.code, verified.stdout.split("\n").at(-2)]).toEqual([
			0,
			"2 true, 0 false, 0 unverifiable in 1 entry",
		]);
		await writeFile(join(directory, "docs", "x.md"), "other\n");
		const now = await cres("verify");
		expect([now.code, now.stdout]).toEqual([3, expect.stringContaining("    false: not in docs/x.md\n")]);
		expect(now.stdout).toMatch(/\n1 true, 1 false, 2 unverifiable in 2 entries\n$/);
		await writeFile(join(directory, "docs", "x.md"), "text\n");
	});

	it("brings the entries that are named into the canonical form", async () => {
		const [check, done, again] = [
			await cres("fmt", "--entry", "old", "--check"),
			await cres("fmt", "--entry", "old"),
			await cres("fmt", "--entry", "old", "--check"),
		];
		expect([check.code, done.code, again.code]).toEqual([3, 0, 0]);
		expect(await readFile(join(directory, "docs", "PLAN.md"), "utf8")).toContain(
			"\n\n## 2026-01-02 - Old\n\n- Objective: x.\n- Changes:\n  - y\n\n### Validation\n",
		);
	});

	it.each<[string[], number, string]>([
		[["add", ...ENTRY, "--check", "file-exists gone"], 3, "plan_checks_failed"],
		[["add", ...ENTRY, "--observed", KNOWN], 2, "plan_secret"],
		[["add", ...ENTRY, "--observed", "ssh7.vast.ai:12345"], 2, "plan_endpoint"],
		[["add", ...ENTRY], 2, "plan_draft"],
		[["add", ...ENTRY, "--check", "file-exist gone"], 2, "plan_draft"],
		[["add", "--from", "gone.yaml"], 2, "input_missing"],
		[["add", "--release", "gone"], 2, "plan_release_unknown"],
		[["show", "gone"], 2, "plan_entry_unknown"],
	])("%j ends with %i", async (args, exit, code) => {
		const before = await readFile(join(directory, "docs", "PLAN.md"), "utf8");
		const ran = await cres(...args);
		expect([ran.code, ran.stderr]).toEqual([exit, expect.stringContaining(`code: ${code}\n`)]);
		expect(await readFile(join(directory, "docs", "PLAN.md"), "utf8")).toBe(before);
	});

	it("prints the fields under --json that the guide names", async () => {
		const documented = await documentedFields();
		const lines = [["add", ...ENTRY, "--observed", "ok", "--dry-run"], ["show"], ["lint"], ["fmt"], ["verify"]];
		for (const line of lines) {
			const { stdout } = await cres(...line, "--json");
			expect(Object.keys(JSON.parse(stdout) as object).toSorted()).toEqual(
				documented.get(`plan ${line[0]}`)?.toSorted(),
			);
			expect(stdout).not.toContain(KNOWN);
		}
	});

	it("is described with every check and every diagnostic", async () => {
		const guide = await readFile(join(ROOT, "docs", "guide", "plan.md"), "utf8");
		expect(CHECK_WORDS.filter((word) => !guide.includes(`\`${word} `))).toEqual([]);
		expect(DIAGNOSTICS.filter((code) => !guide.includes(`| \`${code}\` `))).toEqual([]);
	});
});

const WANTED = `## TODAY - Document \`x\`

- Recorded: STAMP
- By: SOMEBODY
- Objective: say it.
- Changes:
  - docs

### Validation

- By hand:
  - fine
- Checks:
  - \`check: file-contains docs/x.md "text"\` → passed: docs/x.md:1
  - \`check: file-absent gone\` → passed: not there

### Rollback

1. git revert HEAD
`;
