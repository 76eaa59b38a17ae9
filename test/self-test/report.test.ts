import { describe, expect, it } from "vitest";
import type { SelfTestReport } from "../../src/contracts/self-test.ts";
import { parseReport } from "../../src/self-test/program.ts";
import { renderSelfTest } from "../../src/self-test/render.ts";

const report: SelfTestReport = {
	role: "gpu",
	ok: true,
	pretended: false,
	buildId: "abc123",
	durationMs: 4200,
	checks: [
		{ id: "gpu", ok: true, observed: "driver 570.86.15, NVIDIA T4 (7.5, 15360 MiB)", ms: 40 },
		{ id: "whisper-device", ok: true, observed: "faster-whisper on cuda", expected: "device cuda", ms: 0 },
	],
	devices: [
		{
			...{ name: "NVIDIA T4", driver: "570.86.15", computeCapability: "7.5", totalMiB: 15_360 },
			...{ beforeMiB: 5000, peakMiB: 6100, afterMiB: 5900 },
		},
	],
	processes: [],
};
const parse = (text: string) => parseReport("gpu-1", "gpu", text);

describe("the report of an instance", () => {
	it("is found between what a login shell prints", () => {
		expect(parse(`Welcome to vast.ai\r\n${JSON.stringify(report)}\r\n{bye}`)).toEqual(report);
	});

	it("is not ok because it says so, but because its checks are", () => {
		const lying = { ...report, checks: [{ ...report.checks[0], ok: false }] };
		expect(parse(JSON.stringify(lying)).ok).toBe(false);
	});

	it.each([
		["nothing", "", "self_test_broken"],
		["another form", JSON.stringify({ ...report, checks: [] }), "self_test_broken"],
		["another role", JSON.stringify({ ...report, role: "cpu" }), "self_test_broken"],
		["an image without the program", "cres-self-test-missing\n", "self_test_missing"],
	])("is refused: %s", (_case, text, code) => {
		expect(() => parse(text)).toThrow(expect.objectContaining({ code }));
	});

	it("is refused with the line that says why", () => {
		expect(() => parse("node:internal\nError [ERR_X]: no module\n\nNode.js v24.21.0\n")).toThrow(
			'the self-test on gpu-1 printed no report: "Error [ERR_X]: no module"',
		);
	});

	it("is shown with the memory of the devices and one verdict", () => {
		const test = { ...report, instance: "gpu-1", changing: null };
		expect(renderSelfTest(test)).toMatchInlineSnapshot(`
			"CHECK           RESULT  TIME   OBSERVED
			gpu             ok      40 ms  driver 570.86.15, NVIDIA T4 (7.5, 15360 MiB)
			whisper-device  ok      0 ms   faster-whisper on cuda
			NVIDIA T4: 5000 MiB in use before, 6100 at most, 5900 after, of 15360 MiB
			✔ gpu-1 as gpu, build abc123: 2 checks ok in 4.2 s"
		`);
		const checks = [...report.checks.slice(0, 1), { ...report.checks[1]!, ok: false, observed: "on \u001b[2J cpu" }];
		expect(renderSelfTest({ ...test, pretended: true, ok: false, checks })).toMatchInlineSnapshot(`
			"CHECK           RESULT  TIME   OBSERVED
			gpu             ok      40 ms  driver 570.86.15, NVIDIA T4 (7.5, 15360 MiB)
			whisper-device  fail    0 ms   on  [2J cpu
			whisper-device should be: device cuda
			NVIDIA T4: 5000 MiB in use before, 6100 at most, 5900 after, of 15360 MiB
			GPU_PRETEND=1: a rehearsal; nothing of this ran on a GPU
			✖ gpu-1 as gpu, build abc123: whisper-device failed
			  → cres logs gpu-1"
		`);
	});
});
