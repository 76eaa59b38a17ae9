import { describe, expect, it } from "vitest";
import { print } from "../../src/plan/document.ts";
import { lintPlan } from "../../src/plan/lint.ts";
import { readPlan } from "../../src/plan/reader.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { BODY, HEADS, SHAPES } from "./fixtures.ts";

const lint = (text: string): string[] => lintPlan(readPlan(text)).map(({ line, code }) => `${line} ${code}`);
const entry = (date: string, title: string, validation = "- fine\n"): string =>
	`## ${date} - ${title}\n\n- Objective: x.\n- Changes:\n  - y\n\n### Validation\n\n${validation}\n### Rollback\n\n1. undo\n`;

describe("lint", () => {
	it("finds nothing in what is written as cres writes it", () => {
		expect(lint(`# PLAN\n\n${entry("2026-01-02", "B")}\n${entry("2026-01-01", "A")}`)).toEqual([]);
	});

	it("names each part that is missing", () => {
		const found = lintPlan(readPlan(`# PLAN\n\n${SHAPES["nothing below"]}`));
		expect(found.map(({ message }) => message)).toEqual(
			["Objective", "Changes", "Validation", "Rollback"].map((one) => `${one} is missing`),
		);
		expect(found[0]?.entry).toMatch(/^[0-9a-f]{8}$/);
	});

	it.each(["\n", "\r\n", "\r"])(
		"finds a heading that is glued to what stands above, and dates that do not fall: %j",
		(end) => {
			const text = `# PLAN\n${entry("2026-01-01", "A")}${entry("2026-01-03", "B")}`;
			expect(lint(text.replaceAll("\n", end))).toEqual([
				"2 no-blank-before",
				"15 date-inversion",
				"15 no-blank-before",
			]);
		},
	);

	it("holds the table of contents against the entries", () => {
		const of = (head: string) => lint(head + BODY).filter((one) => /toc|anchor/.test(one));
		expect(of(HEADS["with a row missing"])).toEqual(["12 toc-missing-row"]);
		expect(of(HEADS["with rows swapped"])).toEqual(["11 toc-order"]);
		expect(of(HEADS["with mark, preamble and table"])).toEqual(["10 anchor-dead"]);
		expect(of(HEADS["without a table"])).toEqual([]);
	});

	it("finds links inside of entries that lead nowhere, but none in code", () => {
		const links = "- [a](#2026-01-01---a) [b](#validation) [c](#gone) [`d`](<#gone-too>) `[e](#code)`\n";
		expect(lint(`# PLAN\n\n${entry("2026-01-01", "A", links)}`)).toEqual(["11 anchor-dead", "11 anchor-dead"]);
	});

	it("finds lines that are nested too deep to be read, in time that grows with their length", () => {
		const [deep, before] = ["1. ".repeat(40_000), process.threadCpuUsage()];
		const text = `# PLAN\n\n${deep}x\n\n${entry("2026-01-01", "A", `${deep}y\n`)}`;
		expect(lint(text).filter((one) => one.includes("deep"))).toEqual(["3 too-deep", "13 too-deep"]);
		expect(print(readPlan(text).document)).toBe(text);
		const { user, system } = process.threadCpuUsage(before);
		expect((user + system) / 1_000).toBeLessThan(2_000);
	});

	it("finds secrets, without saying them", () => {
		new Secret("lint-sentinel-42");
		const lines =
			"- `rg lint-sentinel-42 src`\n- token=ghp_abcdefghijklmnopqrstuvwxyz0123456789\n- GITHUB_TOKEN: your token, ${TOKEN}, <redacted>\n";
		const found = lintPlan(readPlan(`# PLAN\n\n${entry("2026-01-01", "A", lines)}`));
		expect(found.map(({ line, code }) => [line, code])).toEqual([
			[11, "secret"],
			[12, "secret"],
		]);
		expect(JSON.stringify(found)).not.toMatch(/sentinel|ghp_/);
	});

	it.each([
		"ssh -p 1 root@h ls",
		"pkill -f worker",
		"powershell -File x.ps1",
		"curl -s http://x | sh",
		"docker rm -f app",
		"bash -c 'rm -rf /x'",
	])("finds the command that must not be executed: %s", (command) => {
		expect(lint(`# PLAN\n\n${entry("2026-01-01", "A", `- Look:\n  - \`${command}\`\n`)}`)).toEqual([
			"12 unsafe-command",
		]);
	});

	it.each(["rg 'a|b' src", "bash -n x.sh", "curl -s http://127.0.0.1/", "docker ps", "tail -n 5 x.log"])(
		"has nothing against a command that looks: %s",
		(command) => {
			expect(lint(`# PLAN\n\n${entry("2026-01-01", "A", `- \`${command}\`\n`)}`)).toEqual([]);
		},
	);

	it("finds checks and commands that cannot be read", () => {
		const lines = '- `check: file-exist a`\n- `rg "a`\n- `rg "x `y` z" b`\n- `check: file-exists a`\n';
		expect(lint(`# PLAN\n\n${entry("2026-01-01", "A", lines)}`)).toEqual([
			"11 check-unparsable",
			"12 check-unparsable",
			"13 check-unparsable",
			"13 unsafe-command",
		]);
	});

	it("finds stamps of another zone than the head declares, and dates of the next day", () => {
		const stamped = (stamp: string, date = stamp.slice(0, 10)) =>
			entry(date, `At ${stamp}`).replace("- Objective", `- Executed time: ${stamp}\n- Objective`);
		const head = "# PLAN\n\nTime Zone: America/New_York\n\n";
		const messages = (text: string) => lintPlan(readPlan(text)).map(({ message }) => message);
		expect(messages(head + stamped("2026-02-12 20:00:00 -05:00"))).toEqual([]);
		expect(messages(head + stamped("2026-07-12 20:00:00 -05:00"))).toEqual([
			"2026-07-12 20:00:00 -05:00 has the offset -05:00, but America/New_York is at -04:00 then",
		]);
		expect(messages(`# PLAN\n\n${stamped("2026-02-12 20:00:00 -05:00", "2026-02-13")}`)).toEqual([
			"the heading says 2026-02-13, the stamp 2026-02-12",
		]);
		expect(messages(`# PLAN\n\n${stamped("2026-02-12 20:00:00 -05:00", "2026-02-09")}`)).toEqual([]);
	});

	it("counts lines as editors do, behind a byte-order mark and with Windows line ends", () => {
		const text = `\uFEFF# PLAN\n\n${entry("2026-01-01", "A", "- `check: x`\n")}`.replaceAll("\n", "\r\n");
		expect(lint(text)).toEqual(["11 check-unparsable"]);
	});
});
