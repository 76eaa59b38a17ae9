import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { addEntry, type AddOptions, type Added, type PlanPorts } from "../../src/plan/add.ts";
import { givenDraft } from "../../src/plan/given.ts";
import { lintAgainstGit } from "../../src/plan/lint-git.ts";
import { planPath } from "../../src/plan/plan-file.ts";
import { readPlan } from "../../src/plan/reader.ts";
import { learnSecrets } from "../../src/plan/refusals.ts";
import { recordEndpoint } from "../../src/state/endpoints.ts";
import { appendRelease, type Release } from "../../src/state/releases.ts";
import { systemShell } from "../../src/system/shell.ts";
import { PLANTED, obeyed } from "../support/hostile.ts";
import { refusal } from "../support/refusal.ts";

const SETTINGS = `project: a
image: { repository: owner/worker }
registry: { push: { address: "127.0.0.1:5000" } }
temporal: { address: "127.0.0.1:7233" }
store: { endpoint: "127.0.0.1:9000" }
instances:
  gpu-1: { driver: vast, id: 1, key: id, roles: [gpu] }
`;
const OPTIONS: AddOptions = { allowFailing: false, dryRun: false, contents: false, once: false };
const NOW = Date.parse("2026-03-04T12:00:00Z");

let root: string;
let ports: PlanPorts;
const git = (...args: string[]): string =>
	execFileSync("git", ["-c", "user.name=n", "-c", "user.email=n@e.org", ...args], { cwd: root, encoding: "utf8" });

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-add-"));
	await mkdir(join(root, "docs"));
	await writeFile(join(root, "cres.yaml"), SETTINGS);
	await writeFile(
		join(root, ".env"),
		"MY_TOKEN=add-sentinel-77\nVAST_SSH_KEY=~/.ssh/id\nOTHER_KEY=id_ed25519\nNAME=ordinary\n",
	);
	await writeFile(join(root, "docs", "x.md"), "text\n");
	git("init", "-q", "-b", "main");
	const config = await loadConfig({ directory: root, environment: {} });
	ports = {
		...{ config, shell: systemShell, clock: { now: () => NOW }, signal: new AbortController().signal },
		temporal: () => Promise.reject(new Error("nobody asks Temporal")),
	};
});

const FIELDS = {
	title: "Document x",
	objective: "say it.",
	changes: ["docs"],
	checks: ['file-contains docs/x.md "text"'],
	rollback: ["undo"],
};

async function add(
	fields: Record<string, unknown>,
	options: Partial<AddOptions> = {},
	observed: string[] = [],
): Promise<Added> {
	await learnSecrets(root);
	const draft = await givenDraft({ fields: { ...FIELDS, ...fields }, observed }, ports.config);
	return addEntry(ports, draft, { ...OPTIONS, ...options });
}

const plan = (): Promise<string> => readFile(planPath(root), "utf8");

describe("an entry that is added", () => {
	it("has what its checks saw, and is read back whole", async () => {
		const { id, entry, outcome } = await add({ root_cause: "nobody knew" }, {}, ["By hand: it opened", "fine"]);
		expect(outcome).toBe("added");
		expect(await plan()).toBe(`# PLAN\n\n${entry}`);
		const [model] = readPlan(await plan()).entries;
		expect(model).toMatchObject({ id, title: "Document x", objective: "say it.", rootCause: ["nobody knew"] });
		expect(model!.validation.map(({ label, notes }) => [label, ...notes])).toEqual([
			["By hand", "it opened"],
			["Observed", "fine"],
			["Checks"],
		]);
		expect(model!.validation[2]!.checks).toMatchObject([{ outcome: "passed", observed: "docs/x.md:1" }]);
	});

	it("is told with its names and each of its checks, the same ones by a dry run, which writes nothing", async () => {
		const told = await add({ title: "Say `x`" }, { dryRun: true });
		expect(told).toMatchObject({
			...{ document: "docs/PLAN.md", outcome: "planned", title: "Say x", anchor: "2026-03-04---say-x" },
			checks: [{ check: 'check: file-contains docs/x.md "text"', verdict: "true", observed: "docs/x.md:1" }],
		});
		await expect(plan()).rejects.toMatchObject({ code: "ENOENT" });
	});

	it("has the checks of each group below its label, and no group of checks where there is none", async () => {
		const validation = [{ label: "Files", checks: ["file-exists docs"], observed: ["fine"] }];
		const file = { text: JSON.stringify({ ...FIELDS, checks: [], validation }), name: "f.json" };
		const observed = ["Files: seen", "at 10:00: x", "`a`: b"];
		const draft = await givenDraft({ file, fields: {}, observed }, ports.config);
		const { entry } = await addEntry(ports, draft, OPTIONS);
		expect(entry.slice(entry.indexOf("### Validation"), entry.indexOf("### Rollback"))).toBe(
			"### Validation\n\n- Files:\n  - `check: file-exists docs` → passed: a folder\n  - fine\n- Files:\n  - seen\n- Observed:\n  - at 10:00: x\n  - `a`: b\n\n",
		);
	});

	it("is not written when a check does not hold, or only with that", async () => {
		const checks = ["file-exists gone", 'file-lacks gone "x"'];
		const { code, message } = await refusal(add({ checks }));
		expect([code, message]).toEqual([
			"plan_checks_failed",
			expect.stringContaining("file-exists gone is false: not there"),
		]);
		await expect(plan()).rejects.toMatchObject({ code: "ENOENT" });
		await add({ checks }, { allowFailing: true });
		expect(await plan()).toContain("`check: file-exists gone` → failed: not there\n");
		expect(await plan()).toContain('`check: file-lacks gone "x"` → not verified: gone is not there\n');
	});

	it("takes its changes from what is staged", async () => {
		for (const name of ["a b.txt", "gone.txt", "was.txt"])
			await writeFile(join(root, name), `${name} ${name.repeat(20)}\n`);
		git("add", ".");
		git("commit", "-qm", "x");
		await writeFile(join(root, "a b.txt"), "changed\n");
		await writeFile(join(root, "`new`.txt"), "new\n");
		await rename(join(root, "was.txt"), join(root, "is.txt"));
		git("rm", "-q", "--cached", "gone.txt");
		git("add", "a b.txt", "`new`.txt", "was.txt", "is.txt");
		const { entry } = await add({ changes: [] });
		const [model] = readPlan(entry).entries;
		expect(model!.changes.map(({ text }) => text)).toEqual([
			"`'new'.txt` (new)",
			"`a b.txt`",
			"`gone.txt` (deleted)",
			"`is.txt` (was `was.txt`)",
		]);
	});

	it("has no changes without --change where nothing is staged", async () => {
		expect(await refusal(add({ changes: [] }))).toMatchObject({ code: "plan_no_changes" });
	});

	it("takes another one back by a link that resolves", async () => {
		await add({ title: "Fix `a[0]` and [b\\]" });
		const { entry } = await add({ title: "Undo", reverts: "1" });
		const [undo, first] = readPlan(await plan()).entries;
		expect(undo!.reverts).toEqual([first!.anchor]);
		expect(entry).toContain(`- Reverts: [Fix a0 and b](#${first!.anchor})\n`);
		expect(await refusal(add({ reverts: "nothing" }))).toMatchObject({ code: "plan_entry_unknown" });
	});

	it("stays one entry of that text whatever its texts are", async () => {
		const rude = ["## 2026-01-01 - x\n### Rollback", "```\n", "<!--", "- a\n- b", "1. x", "`", PLANTED];
		const { entry } = await add(
			{ title: "a\n## 2026-01-01 - b <!-- `", changes: rude, root_cause: rude, rollback: rude },
			{},
			rude,
		);
		const { entries } = readPlan(await plan());
		expect(entries).toHaveLength(1);
		expect([entries[0]!.changes, entries[0]!.rootCause, entries[0]!.rollback].map(({ length }) => length)).toEqual([
			7, 7, 7,
		]);
		expect(entries[0]!.extra).toEqual([]);
		expect(obeyed(entry)).toEqual([]);
	});
});

describe("what an entry must not hold", () => {
	it.each([
		["title", "the key add-sentinel-77"],
		["objective", "use ghp_abcdefghijklmnopqrstuvwxyz0123456789"],
		["rollback", ["export MINIO_SECRET_KEY=a1b2c3d4e5f6"]],
		["checks", ['file-lacks docs "add-sentinel-77"']],
		["changes", ["https://user:s3cr3t-pw@example.org/x"]],
	])("is a secret: in its %s", async (field, value) => {
		const { code, message } = await refusal(add({ [field]: value }));
		expect([code, message]).toEqual(["plan_secret", expect.not.stringMatching(/sentinel|ghp_|a1b2|s3cr3t/)]);
		await expect(plan()).rejects.toMatchObject({ code: "ENOENT" });
	});

	it.each(["ssh7.vast.ai:12345", "ssh -p 41234 root@198.51.100.7", "198.51.100.7:41234", "203.0.113.9:22"])(
		"is an address of an instance: %s",
		async (address) => {
			const endpoint = {
				host: "203.0.113.9",
				port: 22,
				via: "direct" as const,
				generation: 1,
				contract: 1,
				fingerprint: "SHA256:x",
			};
			await recordEndpoint(ports.config.state, "gpu-1", {
				...endpoint,
				verifiedBy: "log",
				since: "2026-01-01T00:00:00Z",
			});
			expect(await refusal(add({ changes: [`moved to ${address}`] }))).toMatchObject({ code: "plan_endpoint" });
		},
	);

	it.each([
		"ordinary",
		"~/.ssh/id",
		"id_ed25519",
		"console.vast.ai",
		"127.0.0.1:41234",
		"10.0.0.1:41234",
		"GITHUB_TOKEN: a token of yours",
	])("is not: %s", async (text) => {
		await add({ changes: [text] });
		expect(await plan()).toContain(text);
	});
});

describe("a release", () => {
	const release = (id: string, buildId: string, outcome: Release["outcome"] = "live"): Release => ({
		...{
			id,
			instance: "gpu-1",
			at: "2026-03-04T11:00:00Z",
			image: "r/o@sha256:1",
			digest: `sha256:${buildId}`,
			buildId,
		},
		...{ generation: 2, specHash: "abcd", outcome, durationMs: 65_000, by: "me@here" },
		spec: { env: {}, secrets: {}, roles: ["gpu"], gpu: true },
	});

	it("becomes an entry once, with the build before it and the command that goes back", async () => {
		for (const one of [release("r1", "aaa"), release("r2", "bbb")]) await appendRelease(ports.config.state, one);
		const draft = await givenDraft({ release: "r2", fields: { follow_up: ["watch it"] }, observed: [] }, ports.config);
		const { entry, title } = await addEntry(ports, draft, { ...OPTIONS, once: true });
		expect(title).toBe("Deploy gpu-1 to bbb");
		expect(entry).toContain("  - gpu-1: `aaa` (`sha256:aaa`) → `bbb`\n- Follow-up:\n  - watch it\n");
		expect(entry).toContain("1. `cres rollback gpu-1`\n");
		expect(await refusal(addEntry(ports, draft, { ...OPTIONS, once: true }))).toMatchObject({ code: "plan_recorded" });
	});

	it("that nobody knows is refused", async () => {
		expect(await refusal(givenDraft({ release: "r9", fields: {}, observed: [] }, ports.config))).toMatchObject({
			code: "plan_release_unknown",
		});
	});
});

describe("lint against git", () => {
	const at = (date: string) => ({ GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date });
	const lint = async () =>
		(await lintAgainstGit({ ...ports, root }, readPlan(await plan()).entries))?.map(({ code, line, message }) => [
			line,
			code,
			message,
		]);

	it("names the files that the commit of an entry did not touch, but for those that git ignores", async () => {
		await writeFile(join(root, ".gitignore"), ".env\n");
		await writeFile(
			planPath(root),
			"# PLAN\n\n## 2026-03-05 - A\n\n- Changes:\n  - `docs/x.md`\n  - `x.md`\n  - `docs/`\n  - `.env`\n  - `src/gone.ts`\n",
		);
		expect(await lint()).toBeUndefined();
		git("add", ".");
		execFileSync("git", ["-c", "user.name=n", "-c", "user.email=n@e.org", "commit", "-qm", "x"], {
			...{ cwd: root, env: { ...process.env, ...at("2026-03-04T23:30:00-0500") } },
		});
		expect(await lint()).toEqual([
			[10, "claim-not-in-commit", expect.stringMatching(/^src\/gone\.ts is not in commit [0-9a-f]{8}$/)],
			[3, "zone-drift", expect.stringMatching(/^the heading says 2026-03-05, commit [0-9a-f]{8} is of 2026-03-04$/)],
		]);
	});

	it("holds an entry that is not committed yet against what changed", async () => {
		await writeFile(planPath(root), "# PLAN\n");
		git("add", ".");
		git("commit", "-qm", "x");
		await writeFile(join(root, "docs", "x.md"), "other\n");
		await writeFile(
			planPath(root),
			"# PLAN\n\n## 2026-03-05 - A\n\n- Recorded: 2026-03-05 10:00:00 +00:00\n- Changes:\n  - `docs/x.md`\n  - `cres.yaml`\n",
		);
		expect(await lint()).toEqual([
			[8, "claim-not-in-commit", "cres.yaml is not among the changes since the last commit"],
		]);
	});
});
