import { expect, it } from "vitest";
import { fail, ok, warn, type Check } from "../../../src/checks/doctor/check.ts";
import { renderReport } from "../../../src/checks/doctor/render.ts";
import { runChecks } from "../../../src/checks/doctor/run.ts";
import { UserError } from "../../../src/errors/errors.ts";

const check = (name: string, run: Check["run"]): Check => ({ name, fix: `look at ${name}`, run });
const { signal } = new AbortController();

it("reports in the order of the checks, whatever they do", async () => {
	const ended: string[] = [];
	const last = Promise.withResolvers<void>();
	const report = await runChecks(
		[
			check("hangs", (limit) => new Promise(() => limit.addEventListener("abort", () => ended.push("hangs")))),
			check("slow", () => last.promise.then(() => ok("after the others"))),
			check("warns", async () => warn("nearly full", "make room")),
			check("fails", async () => fail("no", "do it")),
			check("hints", async () => {
				throw new UserError("config_invalid", "one\ntwo", { hint: "correct a, then cres doctor" });
			}),
			check("gives no hint", async () => {
				throw new UserError("registry_unreachable", "no answer");
			}),
			check("breaks", () => {
				last.resolve();
				throw new TypeError("not a function");
			}),
		],
		{ signal, timeoutMs: 50 },
	);
	expect(ended).toEqual(["hangs"]);
	expect(renderReport(report)).toMatchInlineSnapshot(`
		"✖ fail  hangs          no answer within 0.05 s
		  → look at hangs
		✔ ok    slow           after the others
		! warn  warns          nearly full
		  → make room
		✖ fail  fails          no
		  → do it
		✖ fail  hints          one; two
		  → correct a, then cres doctor
		✖ fail  gives no hint  no answer
		  → look at gives no hint
		✖ fail  breaks         not a function
		  → look at breaks
		7 checks: 5 failed, 1 with a warning"
	`);
	expect(report).toMatchObject({ failed: 5, warned: 1 });
});

it("ends with Ctrl-C, not with findings", async () => {
	const interrupt = new AbortController();
	const report = runChecks([check("hangs", () => new Promise(() => {}))], { signal: interrupt.signal });
	interrupt.abort(new UserError("interrupted", "interrupted by the operator"));
	await expect(report).rejects.toMatchObject({ code: "interrupted" });
});

it("runs some checks at a time", async () => {
	let running = 0;
	const seen: number[] = [];
	const counted = (name: string) =>
		check(name, async () => {
			seen.push(++running);
			await Promise.resolve();
			running--;
			return ok(name);
		});
	const names = Array.from({ length: 8 }, (_, index) => `check ${index}`);
	const report = await runChecks(names.map(counted), { signal, concurrency: 3 });
	expect(Math.max(...seen)).toBe(3);
	expect(report.checks.map((finding) => finding.check)).toEqual(names);
	expect(report).toMatchObject({ failed: 0, warned: 0 });
});

it("counts a check's time from its own start", async () => {
	const checks = [check("hangs", () => new Promise(() => {})), check("waits", async () => ok("in time"))];
	const { checks: findings } = await runChecks(checks, { signal, timeoutMs: 20, concurrency: 1 });
	expect(findings.map(({ status }) => status)).toEqual(["fail", "ok"]);
});
