import { access } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { loadChecks } from "../../src/checks/registry.ts";
import { runStatic } from "../../src/checks/run-static.ts";
import type { World } from "../../src/checks/triage-check.ts";
import { checkOf, triageOf } from "../support/triage.ts";
import { treeOf } from "../support/tree.ts";

const checks = (await loadChecks()).filter(({ id }) => id.startsWith("lint-"));
const signal = new AbortController().signal;
const folders: string[] = [];

/** A world in which a program prints this, with what it was called with. */
function worldOf(stdout: string, exitCode = 1, stderr = "") {
	const calls: { file: string; args: readonly string[] }[] = [];
	const world: World = {
		tool: async (name) => `/tools/${name}`,
		shell: {
			run: async (file, args, options) => {
				calls.push({ file, args });
				folders.push(options!.cwd!);
				await access(join(options!.cwd!, args.at(-1)!)); // the copies are there
				return { exitCode, stdout, stderr };
			},
		},
	};
	return { world, calls };
}

async function lintWith(id: string, files: Readonly<Record<string, string>>, world: World) {
	const [result] = await runStatic(
		checks.filter((check) => check.id === id),
		treeOf(files),
		{ signal, world },
	);
	const { findings, couldNotLook = [], looked } = result!.outcome;
	const places = findings.map(
		({ message, evidence: [one] }) => `${"path" in one ? `${one.path}:${one.line}` : ""} ${message}`,
	);
	return { looked, places, couldNotLook };
}

// What shellcheck 0.11.0, hadolint 2.15.1, actionlint 1.17.0 and zizmor 1.32.0 print, shortened.
const comment = (file: string, line: number, code: number, message: string) => ({
	...{ file, line, endLine: line, column: 1, endColumn: 1, level: "error", code, message, fix: null },
});

it("takes one finding of what shellcheck says several times, and none of its tips", async () => {
	const comments = [
		comment("0.bash", 2, 1046, "Couldn't find 'fi' for this 'if'."),
		comment("0.bash", 2, 1073, "Couldn't parse this if expression."),
		comment("0.bash", 4, 1072, "Unexpected keyword/token."),
		comment("1.sh", 1, 2148, "Tips depend on target shell and yours is unknown."),
		comment("1.sh", 3, 1072, "Expected a command."),
	];
	const files = { "a.sh": "if x; then\ny\n", "b b.sh": "#!/bin/sh\n\nfoo\n", "c.zsh": "#!/bin/zsh\n" };
	const { world, calls } = worldOf(JSON.stringify({ comments }));
	expect(await lintWith("lint-shellcheck", files, world)).toEqual({
		looked: "2 scripts",
		places: ["a.sh:2 a.sh: SC1046 Couldn't find 'fi' for this 'if'.", "b b.sh:3 b b.sh: SC1072 Expected a command."],
		couldNotLook: [],
	});
	expect(calls).toEqual([
		{
			file: "/tools/shellcheck",
			args: ["--norc", "--extended-analysis=false", "--format", "json1", "--severity", "error", "0.bash", "1.sh"],
		},
	]);
});

it("takes hadolint's faults, and never its DL1000, which it also says of valid heredocs", async () => {
	const report = (line: number, code: string, level: string) => ({
		...{ file: "0.Dockerfile", line, column: 1, level, code, message: "text" },
	});
	const said = [
		report(5, "DL1000", "error"),
		report(6, "DL4004", "error"),
		report(7, "DL3020", "error"),
		report(8, "SC2154", "warning"),
	];
	const { world } = worldOf(JSON.stringify(said), 0);
	const files = {
		Dockerfile: "FROM debian:12\nRUN <<EOF\ntrue\nEOF\nCOPY a /b\nENTRYPOINT a\n",
		"Dockerfile.part": "RUN true\n",
	};
	expect(await lintWith("lint-hadolint", files, world)).toEqual({
		looked: "1 Dockerfile",
		places: ["Dockerfile:6 Dockerfile: DL4004 text"],
		couldNotLook: [
			{
				what: "hadolint cannot read Dockerfile:5: DL1000 text",
				how: "look at that line; hadolint also stumbles over forms that it does not know",
			},
		],
	});
});

const WORKFLOW = { ".github/workflows/a.yml": "on: push\njobs: {}\n", "compose.yml": "a: b\n" };

it("takes what GitHub refuses from actionlint, not its tables of labels and inputs", async () => {
	const report = (line: number, kind: string, message: string) => ({
		...{ message, filepath: "0.yml", line, column: 3, kind, snippet: "", end_column: 4 },
	});
	const said = [
		report(1, "job-needs", 'job "a" needs job "b" which does not exist in this workflow'),
		report(2, "runner-label", 'label "big" is unknown'),
		report(2, "expression", '"github.event.issue.title" is potentially untrusted. avoid using it'),
	];
	expect((await lintWith("lint-actionlint", WORKFLOW, worldOf(JSON.stringify(said)).world)).places).toEqual([
		'.github/workflows/a.yml:1 .github/workflows/a.yml: job "a" needs job "b" which does not exist in this workflow',
	]);
	expect(await lintWith("lint-actionlint", WORKFLOW, worldOf("null", 0).world)).toMatchObject({
		looked: "1 workflow",
		places: [],
	});
});

it("takes ways in from zizmor, unless the workflow says that they are meant", async () => {
	const location = {
		symbolic: { kind: "Primary", annotation: "may expand", key: { Local: { verbatim_path: "./0.yml" } } },
	};
	const at = (row: number) => [{ ...location, concrete: { location: { start_point: { row, column: 1 } } } }];
	const audit = (ident: string, row: number, ignored = false) => ({
		ident,
		desc: "code injection",
		url: "https://docs.zizmor.sh",
		ignored,
		locations: at(row),
	});
	const said = [
		audit("github-env", 1),
		audit("github-env", 0, true),
		audit("artipacked", 0),
		audit("template-injection", 0),
	];
	expect((await lintWith("lint-zizmor", WORKFLOW, worldOf(JSON.stringify(said), 14).world)).places).toEqual([
		".github/workflows/a.yml:2 .github/workflows/a.yml: code injection: may expand (github-env)",
	]);
	expect((await lintWith("lint-zizmor", WORKFLOW, worldOf("", 3).world)).couldNotLook[0]?.what).toBe(
		"zizmor cannot read .github/workflows/a.yml:1: no workflow can be read",
	);
});

it.each(checks.map(({ id }) => id))(
	"%s could not look without its program, or when that fails, and leaves no files",
	async (id) => {
		const files = { Dockerfile: "FROM a:1\n", "a.sh": "#!/bin/sh\n", ...WORKFLOW };
		const tool = id.slice("lint-".length);
		const without = await lintWith(id, files, { ...worldOf("").world, tool: async () => undefined });
		expect(without.couldNotLook).toEqual([{ what: `${tool} is not here`, how: `cres tools fetch ${tool}` }]);
		const crashed = await lintWith(id, files, worldOf("", 139, "segmentation fault").world);
		expect(crashed.couldNotLook[0]?.what).toBe(`the check failed: ${tool} exits 139: segmentation fault`);
		const odd = await lintWith(id, files, worldOf('{"other": 1}', 0).world);
		expect(odd.couldNotLook[0]?.what).toMatch(/^the check failed: /);
		expect(await lintWith(id, { "a.txt": "" }, worldOf("").world)).toMatchObject({ places: [], couldNotLook: [] });
		for (const folder of folders) await expect(access(folder)).rejects.toThrow("ENOENT");
	},
);

it("leaves long scripts out of a run of all checks, says so, and takes them when it runs alone", async () => {
	const files = { "a.sh": "true\n".repeat(1_400), "b.sh": "true\n".repeat(90), "c.sh": "true\n".repeat(60) };
	const { world } = worldOf('{"comments":[]}', 0);
	expect(await lintWith("lint-shellcheck", files, world)).toEqual({
		...{ looked: "2 scripts", places: [] },
		couldNotLook: [
			{
				what: "shellcheck did not look at 1 script of 3: it would take long",
				how: "the same command with --only lint-shellcheck",
			},
		],
	});
	expect(await lintWith("lint-shellcheck", files, { ...world, thorough: true })).toMatchObject({
		looked: "3 scripts",
		couldNotLook: [],
	});
});

it("tells once what a linter and a check of ours find at one line", async () => {
	const found = (id: string, ...lines: number[]) =>
		checkOf(id, () => ({
			looked: "1 workflow",
			findings: lines.map((line) => ({
				message: `${id} ${line}`,
				evidence: [{ path: "a.yml", line, text: "x" }],
				fix: { say: "correct it" },
			})),
		}));
	const all = [found("lint-actionlint", 2, 4), found("expression-names", 2), found("action-pins", 4)];
	const { report } = await triageOf({ "a.yml": "" }, all);
	expect(report.findings.map(({ message }) => message).toSorted()).toEqual([
		"action-pins 4",
		"expression-names 2",
		"lint-actionlint 4",
	]);
});
