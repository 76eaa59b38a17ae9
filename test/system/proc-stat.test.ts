import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { parseProcStat } from "../../src/system/proc-stat.ts";

const REST =
	"23355 23355 13331 0 -1 4194304 98 0 0 0 0 0 0 0 20 0 1 0 60531 3133440 354 18446744073709551615 1 1 0 0 0 0 0 0 0 0";

it("reads the start whatever the program is called", () => {
	fc.assert(
		fc.property(fc.string(), (name) => {
			const stat = parseProcStat(`23366 (${name}) S ${REST}`);
			expect(stat).toEqual({ ended: false, ending: false, environment: "0", group: 23355, startTicks: "60531" });
		}),
	);
});

it.each([
	["R", false],
	["D", false],
	["Z", true],
	["X", true],
])("takes the state %s for ended: %s", (state, ended) => {
	expect(parseProcStat(`7 (a) b) ${state} ${REST}`).ended).toBe(ended);
});

it("reads what Linux says of this process", async () => {
	const { startTicks, ending, environment } = parseProcStat(await readFile("/proc/self/stat", "utf8"));
	expect([ending, environment]).toEqual([false, expect.stringMatching(/^[1-9]\d+$/)]);
	const [up] = (await readFile("/proc/uptime", "utf8")).split(" ");
	const age = Number(up) - Number(startTicks) / 100;
	expect(Math.abs(age - process.uptime())).toBeLessThan(2);
});

it("refuses another text", () => {
	expect(() => parseProcStat("7 (node) S 1 2")).toThrow("not the text of a /proc/<pid>/stat");
});

it("sees that a process has given its memory back", () => {
	expect(parseProcStat(`7 (node) R ${REST.replace("3133440", "0")}`)).toMatchObject({ ended: false, ending: true });
});
