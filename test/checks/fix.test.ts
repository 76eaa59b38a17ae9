import { chmod, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { applyFixes, renderFixes, type FixPorts } from "../../src/checks/fix/apply.ts";
import { diffOf, edited } from "../../src/checks/fix/edit.ts";
import { runStatic } from "../../src/checks/run-static.ts";
import type { Named, StaticCheck } from "../../src/checks/triage-check.ts";
import { findingsOf } from "../../src/checks/triage-report.ts";
import { readTree } from "../../src/checks/tree/read-tree.ts";
import { systemShell } from "../../src/system/shell.ts";
import { checkOf, linesWith } from "../support/triage.ts";

const signal = new AbortController().signal;

/** A folder of files, and what fixing it by a check does. */
async function folderWith(files: Readonly<Record<string, string>>, check: Named<StaticCheck>) {
	const root = await mkdtemp(join(tmpdir(), "cres-fix-"));
	for (const [path, text] of Object.entries(files)) await writeFile(join(root, path), text);
	const shown: string[] = [];
	const look = async () => findingsOf(await runStatic([check], await readTree(root, systemShell, signal), { signal }));
	const read = (path: string) => readFile(join(root, path), "utf8");
	const fix = async (more: Partial<FixPorts> = {}) =>
		applyFixes(await look(), { root, dryRun: false, look, show: (diff) => void shown.push(diff), signal, ...more });
	return { root, read, fix, shown, look };
}

const good = checkOf("words", linesWith("bad", "good"));

it("applies every fix as a diff, to CRLF and a byte-order mark too, and looks again", async () => {
	const { fix, read, shown } = await folderWith({ "a.ini": "\uFEFFbad\r\nx\r\nbad\r\n", "b.txt": "bad" }, good);
	const reports = await fix();
	expect(reports.map(({ outcome }) => outcome)).toEqual(["fixed", "fixed", "fixed"]);
	expect(await read("a.ini")).toBe("\uFEFFgood\r\nx\r\ngood\r\n");
	expect(await read("b.txt")).toBe("good");
	expect(shown[0]).toBe("--- a/a.ini\n+++ b/a.ini\n@@ -2,2 +2,2 @@\n x\n-bad\n+good");
	expect(renderFixes(reports)).toContain("words  b.txt  fixed: the check does not find it any more");
});

it("takes back what does not help", async () => {
	const still = checkOf("words", linesWith("bad", "as bad"));
	const { fix, read } = await folderWith({ "a.txt": "bad\n" }, still);
	expect((await fix()).map(({ outcome }) => outcome)).toEqual(["undone"]);
	expect(await read("a.txt")).toBe("bad\n");
});

it("takes it back when the check fails or the operator stops it", async () => {
	const { fix, read, look, root } = await folderWith({ "a.txt": "bad\n" }, good);
	let looks = 0;
	const stopped = async () => (++looks > 1 ? Promise.reject(new Error("stopped")) : look());
	await expect(fix({ look: stopped })).rejects.toThrow("stopped");
	expect(await read("a.txt")).toBe("bad\n");
	expect(await readdir(root)).toEqual(["a.txt"]);
});

it("changes nothing under --dry-run, where the line changed, and in what is no UTF-8", async () => {
	const dry = await folderWith({ "a.txt": "bad\n" }, good);
	expect((await dry.fix({ dryRun: true })).map(({ outcome }) => outcome)).toEqual(["planned"]);
	expect(await dry.read("a.txt")).toBe("bad\n");

	const findings = await dry.look();
	await writeFile(join(dry.root, "a.txt"), "bad news\n");
	const ports = { root: dry.root, dryRun: false, look: dry.look, show: () => {}, signal };
	expect((await applyFixes(findings, ports)).map(({ outcome }) => outcome)).toEqual(["changed"]);

	const latin = await folderWith({}, good);
	const bytes = Buffer.from([0x62, 0x61, 0x64, 0x0a, 0xe9, 0x0a]);
	await writeFile(join(latin.root, "a.txt"), bytes);
	expect((await latin.fix()).map(({ outcome, detail }) => [outcome, detail])).toEqual([["failed", "it is not UTF-8"]]);
	expect(await readFile(join(latin.root, "a.txt"))).toEqual(bytes);
});

it("keeps the mode of a script", async () => {
	const { fix, root } = await folderWith({ "a.sh": "bad\n" }, good);
	await chmod(join(root, "a.sh"), 0o755);
	await fix();
	const tree = await readTree(root, systemShell, signal);
	expect(tree.file("a.sh")?.executable).toBe(true);
});

it("changes one line and nothing else, whatever the line ends", () => {
	const line = fc.string().filter((text) => !/[\r\n]/.test(text));
	const end = fc.constantFrom("\n", "\r\n", "\r");
	fc.assert(
		fc.property(fc.array(fc.tuple(line, end), { minLength: 1 }), fc.nat(), line, (lines, at, after) => {
			const index = at % lines.length;
			const text = lines.flat().join("");
			const edit = { path: "a", line: index + 1, before: lines[index]![0], after };
			const expected = lines.map(([one, its], place) => (place === index ? after : one) + its).join("");
			// A CR beside a LF would be one line end.
			fc.pre(
				!lines.some(([one, its], place) => its === "\r" && (lines[place + 1] ?? ["x"])[0] === "" && one !== undefined),
			);
			fc.pre(!text.startsWith("\uFEFF") && !after.startsWith("\n"));
			expect(edited(text, edit)).toBe(expected);
			expect(edited(text, { ...edit, before: `${edit.before}!` })).toBeUndefined();
		}),
	);
});

it("shows a line that goes", () => {
	const edit = { path: "a", line: 1, before: "bad", after: undefined };
	expect(edited("bad\ngood\n", edit)).toBe("good\n");
	expect(diffOf("bad\ngood\n", edit)).toBe("--- a/a\n+++ b/a\n@@ -1,2 +1,1 @@\n-bad\n good");
});
