import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { renderExplained, silenceOf } from "../../src/checks/explain.ts";
import { renderTriage } from "../../src/checks/render-triage.ts";
import { readTriageSection, triageSectionOf } from "../../src/config/triage-section.ts";
import { checkOf, linesWith, NOON, triageOf } from "../support/triage.ts";

const check = checkOf("words", linesWith("bad"));
const DAY = 86_400_000;
const section = (text: string, change: (block: string) => string = (block) => block) => {
	const { silences, fault } = triageSectionOf(change(text));
	expect(fault).toBeUndefined();
	return silences;
};

async function blockOf(files: Record<string, string>): Promise<string> {
	const { report } = await triageOf(files, [check]);
	return silenceOf(report.findings, NOON);
}

it("silence a finding by the lines that explain prints, wherever the line moves", async () => {
	const block = await blockOf({ "a.txt": "bad\n" });
	expect(block).toMatchInlineSnapshot(`
		"triage:
		  silence:
		    # a.txt says bad
		    - check: words
		      fingerprint: 3eb905123f0f0127
		      reason: why it is right as it is
		      owner: your name
		      since: 2026-11-29
		      until: 2027-02-27"
	`);
	const moved = { "a.txt": "new\n\n   bad\n" };
	const { report } = await triageOf(moved, [check], { silences: section(block), now: NOON + 3 * DAY });
	expect(report.findings).toEqual([]);
	expect(report.silences).toMatchObject([{ state: "silencing", findings: 1, ageDays: 3 }]);
	expect(renderTriage(report)).toMatchInlineSnapshot(`
		"1 finding silenced, for 3 days at most

		nothing found; looked at: 1 check, 1 file"
	`);
});

it("end when the text changes, and say so", async () => {
	const silences = section(await blockOf({ "a.txt": "bad\n" }));
	const { report } = await triageOf({ "a.txt": "worse than bad\n" }, [check], { silences });
	expect(report.findings).toHaveLength(1);
	expect(report.silences).toMatchObject([{ state: "unmatched", findings: 0 }]);
	expect(renderTriage(report)).toMatch(/matches nothing: the text\s+changed or the finding is gone; remove it/);
});

it("end after their last day, and say so", async () => {
	const silences = section(await blockOf({ "a.txt": "bad\n" }));
	const until = Date.parse(silences[0]!.until);
	const at = async (now: number) => (await triageOf({ "a.txt": "bad\n" }, [check], { silences, now })).report;
	expect((await at(until + DAY - 1)).findings).toEqual([]);
	const after = await at(until + DAY);
	expect(after.findings).toHaveLength(1);
	expect(renderTriage(after)).toContain("ended on 2027-02-27");
});

it("are not judged where their check did not look", async () => {
	const silences = section(await blockOf({ "a.txt": "bad\n" }));
	const blind = checkOf("words", () => {
		throw new Error("no");
	});
	const { report } = await triageOf({}, [blind], { silences });
	expect(report.silences).toEqual([]);
	expect((await triageOf({}, [checkOf("other", linesWith("x"))], { silences })).report.silences).toEqual([]);
});

it("are read from a cres.yaml that is valid in nothing else, and their faults are named", async () => {
	const folder = await mkdtemp(join(tmpdir(), "cres-silences-"));
	expect(await readTriageSection(folder)).toEqual({ silences: [], fault: undefined });
	await writeFile(join(folder, "cres.yaml"), `\uFEFFproject: 7\r\n${await blockOf({ "a.txt": "bad\n" })}`);
	expect((await readTriageSection(folder)).silences).toHaveLength(1);
	const faults = [
		"triage: {silence: [{check: a}]}",
		"a: [",
		"triage: {silence: [{check: a, until: 2026-02-31}]}",
		"a: *b",
	];
	expect(faults.map((text) => triageSectionOf(text).fault)).toMatchInlineSnapshot(`
		[
		  "triage.silence.0.fingerprint of cres.yaml: Invalid input: expected string, received undefined",
		  "cres.yaml is no YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
		  "triage.silence.0.fingerprint of cres.yaml: Invalid input: expected string, received undefined",
		  undefined,
		]
	`);
});

it("explains a check with what silences its findings", async () => {
	const { run: _, waits: __, ...about } = check;
	const { report } = await triageOf({ "a.txt": "bad\n" }, [check]);
	const findings = report.findings;
	expect(renderExplained({ check: about, findings, silence: silenceOf(findings, NOON) })).toMatchInlineSnapshot(`
		"TS95  words  (static, error)
		Is words right?

		Why
		  words breaks the boot.

		Example
		  \`bad\` fails; \`good\` works.

		How to silence its finding here, in cres.yaml (put in the reason and the owner)
		triage:
		  silence:
		    # a.txt says bad
		    - check: words
		      fingerprint: 3eb905123f0f0127
		      reason: why it is right as it is
		      owner: your name
		      since: 2026-11-29
		      until: 2027-02-27"
	`);
	expect(renderExplained({ check: about, findings: [], silence: "" })).toContain("It has no finding here.");
});
