import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { parse } from "../../src/plan/document.ts";
import { planPath } from "../../src/plan/plan-file.ts";
import { entryIndex, namesOf } from "../../src/plan/select.ts";
import { askedEntries, readPlanText, showPlan } from "../../src/plan/show.ts";
import { redact } from "../../src/secrets/secret.ts";
import { PLANTED, obeyed } from "../support/hostile.ts";
import { refusal } from "../support/refusal.ts";

const stamped = (date: string, title: string, more = "") =>
	`## ${date} - ${title}\n\n- Recorded: ${date} 10:00:00 +00:00\n${more}- Objective: x.\n\n### Validation\n\n- seen\n\n### Rollback\n\n1. undo\n\n`;
const TEXT = `# PLAN\n\n${stamped("2026-01-03", "Move the API", "- Reverts: [x](#2026-01-01---mend-x)\n")}${stamped("2026-01-02", "Mend `x` again")}${stamped("2026-01-01", "Mend `x`")}`;
const names = namesOf(parse(TEXT));
const found = (asked: string): number => entryIndex(names, asked);

describe("an entry is meant", () => {
	it.each([
		["its id", names[1]!.id, 1],
		["its id in capitals", names[1]!.id.toUpperCase(), 1],
		["its anchor", "2026-01-01---mend-x", 2],
		["its anchor as a link has it", "#2026-01-01---mend-x ", 2],
		["its number", "1", 0],
		["the last number", "3", 2],
		["its date", "2026-01-02", 1],
		["words of its title in any case", "move the api", 0],
		["date and title", "2026-01-01 - mend x", 2],
	])("by %s", (_by, asked, at) => {
		expect(found(asked)).toBe(at);
	});

	it.each([
		["0", `3 entries are 0: ${names.map(({ id, title }) => `${id} ${title}`).join("; ")}`],
		["4", "no entry of docs/PLAN.md is 4"],
		["", "no entry of docs/PLAN.md is "],
		["gone", "no entry of docs/PLAN.md is gone"],
		["mend", `2 entries are mend: ${names[1]!.id} Mend x again; ${names[2]!.id} Mend x`],
	])("by nothing such as %j", (asked, message) => {
		expect(() => found(asked)).toThrow(expect.objectContaining({ code: "plan_entry_unknown", message }));
	});

	it("by a word that is in many, of which five are named", () => {
		const many = namesOf(parse(Array.from({ length: 9 }, (_, at) => stamped("2026-01-01", `Same ${at}`)).join("")));
		const message = (): string => {
			try {
				return String(entryIndex(many, "same"));
			} catch (error) {
				return (error as UserError).message;
			}
		};
		expect(message()).toMatch(/^9 entries are same: /);
		expect(message().split("; ")).toHaveLength(5);
	});
});

describe("what is shown", () => {
	it("are all entries, or those that are asked for, each once and in that order", () => {
		const titles = (...asked: string[]) => askedEntries(TEXT, asked).entries.map(({ title }) => title);
		expect(titles()).toEqual(["Move the API", "Mend x again", "Mend x"]);
		expect(titles("3", "1", "2026-01-01")).toEqual(["Mend x", "Move the API"]);
	});

	it("has the status of each entry, also where one that is not shown takes it back", () => {
		const { document, entries } = showPlan(TEXT, ["2", "3"]);
		expect([document, ...entries.map(({ status }) => status)]).toEqual(["docs/PLAN.md", "DONE", "REVERTED"]);
		expect(showPlan("## 2026-01-01 - A\n", []).entries[0]!.status).toBeNull();
		const byId = TEXT.replace("[x](#2026-01-01---mend-x)", names[1]!.id);
		expect(showPlan(byId, []).entries.map(({ status }) => status)).toEqual(["DONE", "REVERTED", "DONE"]);
	});

	it("holds no secret and nothing that a terminal obeys", () => {
		const { entries, raw } = showPlan(
			`## 2026-01-01 - A ${PLANTED}\n\n- Objective: ghp_abcdefghijklmnopqrstuvwxyz0123456789 ${PLANTED}\n\n`,
			[],
		);
		expect(JSON.stringify([entries, raw])).not.toContain("ghp_");
		expect(obeyed(raw[0]!)).toEqual([]);
		expect(raw[0]).toMatch(/^## 2026-01-01 - A .*\S$/s);
	});

	it("is the file, or what makes one where there is none", async () => {
		const root = await mkdtemp(join(tmpdir(), "cres-show-"));
		expect(await refusal(readPlanText(root))).toMatchObject({
			...{ code: "plan_missing", hint: expect.stringContaining("cres init") },
		});
		await mkdir(join(root, "docs"));
		await writeFile(planPath(root), "# PLAN\nshow-env-sentinel-8\n");
		await writeFile(join(root, ".env"), "MY_TOKEN=show-env-sentinel-8\n");
		expect(await readPlanText(root)).toBe("# PLAN\nshow-env-sentinel-8\n");
		expect(redact("show-env-sentinel-8")).not.toContain("sentinel");
	});
});
