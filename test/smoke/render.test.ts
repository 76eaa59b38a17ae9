import { expect, it } from "vitest";
import type { SmokeReport } from "../../src/contracts/smoke.ts";
import { renderPlan, renderSmoke, smokeFailures } from "../../src/smoke/render.ts";

const passed: SmokeReport = {
	...{ digest: `sha256:${"4f1c".repeat(16)}`, buildId: "3f2a9c41d07e", role: "cpu", against: "images", ok: true },
	rungs: [
		{ name: "image", status: "ok", observed: "sha256:4f1c4f1c4f1c… (330.2 MB compressed)", ms: 40 },
		{
			name: "dependencies",
			status: "ok",
			observed: "temporal at 172.20.0.4:7233 reached after 21 ms; store at 172.20.0.3:9000 reached after 19 ms",
			ms: 1_800,
		},
	],
	...{ startedAt: "2026-11-29T10:15:00.000Z", durationMs: 9_400, cres: "0.1.0", engine: "28.5.2", dependencies: {} },
};
const failed: SmokeReport = {
	...{ ...passed, ok: false, role: "gpu", pretended: true },
	rungs: [
		passed.rungs[0]!,
		{
			...{ name: "dependencies", status: "fail", ms: 2_000, fix: "correct its image and command" },
			observed:
				"dependency: the container of temporal is exited with exit code 1\nnot ready\nlog: \u001b[2J address in use",
		},
		{ name: "layout", status: "skipped", observed: "a rung below it failed", ms: 0 },
	],
};

it("a smoke test is shown rung by rung, with its times", () => {
	expect(renderSmoke(passed)).toMatchInlineSnapshot(`
		"✔ image           40 ms  sha256:4f1c4f1c4f1c… (330.2 MB compressed)
		✔ dependencies    1.8 s  temporal at 172.20.0.4:7233 reached after 21 ms; store
		                         at 172.20.0.3:9000 reached after 19 ms
		✔ build 3f2a9c41d07e as cpu, against images: 2 rungs in 9.4 s"
	`);
	expect(smokeFailures(passed)).toEqual([]);
});

it("a failed rung shows the cause first, and what to do", () => {
	expect(renderSmoke(failed)).toMatchInlineSnapshot(`
		"✔ image           40 ms  sha256:4f1c4f1c4f1c… (330.2 MB compressed)
		✖ dependencies    2.0 s  dependency: the container of temporal is exited with
		                         exit code 1
		                         not ready
		                         log: \\u001b[2J address in use
		  → correct its image and command
		- layout                 a rung below it failed
		✖ build 3f2a9c41d07e as gpu (GPU pretended), against images: dependencies failed"
	`);
	expect(smokeFailures(failed)).toEqual([
		{
			code: "smoke_failed",
			message: "the smoke test of build 3f2a9c41d07e (sha256:4f1c4f1c4f1c…) failed at dependencies",
			hint: "correct its image and command",
		},
	]);
});

it("a plan is shown with the limit of each rung", () => {
	const { digest, buildId, role, against } = passed;
	const ladder = [
		[{ name: "image", limitMs: 1_800_000 }],
		[
			{ name: "queues", limitMs: 60_000 },
			{ name: "health", limitMs: 60_000 },
		],
	];
	expect(renderPlan({ dryRun: true, digest, buildId, role, against, pretended: false, ladder })).toMatchInlineSnapshot(`
		"would smoke sha256:4f1c4f1c4f1c… (build 3f2a9c41d07e) as cpu, against images:
		  image          at most 30 min 0 s
		  queues         at most 1 min 0 s
		  health         at most 1 min 0 s
		nothing was started"
	`);
});
