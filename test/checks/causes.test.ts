import { describe, expect, it } from "vitest";
import { causesOf } from "../../src/checks/causes.ts";
import { loadRuntimeChecks } from "../../src/checks/registry.ts";
import { renderRuntime } from "../../src/checks/render-runtime.ts";
import { judgeFacts } from "../../src/checks/runtime/judge.ts";
import type { RuntimeFacts } from "../../src/checks/runtime/facts.ts";
import { findingsOf } from "../../src/checks/triage-report.ts";
import { CAUSE_RULES } from "../../src/checks/cause-rules.ts";
import { NOON, healthyControl, healthyInside, healthyInstance, runtimeFacts } from "../support/runtime-facts.ts";

const checks = await loadRuntimeChecks();
const causes = (facts: RuntimeFacts) => causesOf(findingsOf(judgeFacts(checks, facts)), facts);
const shown = (facts: RuntimeFacts) =>
	causes(facts).map(
		({ finding, symptoms }) => `${finding.code} ← ${symptoms.map(({ code }) => code).join(" ") || "nothing"}`,
	);

const queues = healthyControl().queues.map((queue) => ({ ...queue, pollers: [] }));
const crash = () => {
	const { programs } = healthyInside().supervisor!;
	const stoppedAt = NOON - 120_000;
	const dead = programs.map((one) =>
		one.name === "workers:worker-cpu" ? { ...one, state: "FATAL", exitStatus: 1, stoppedAt } : one,
	);
	const log = [{ at: "2026-11-29T11:57:00.000Z", program: "worker-cpu", text: "Error: Cannot find module '/app/x'" }];
	return healthyInstance({
		log,
		inside: healthyInside({ supervisor: { state: "answers", detail: "", programs: dead } }),
	});
};

describe("causes", () => {
	it("are none where nothing is wrong", () => expect(causes(runtimeFacts())).toEqual([]));

	it("fold what follows under what is behind it", () => {
		expect(shown(runtimeFacts({ control: healthyControl({ queues }), instances: [crash()] }))).toEqual([
			"TR110 ← TR151 TR151",
		]);
	});

	it("name the deepest: a full disk behind a worker that ends behind a queue without pollers", () => {
		const one = crash();
		const disks = [{ path: "/", total: 32 * 1024 ** 3, free: 0, inodes: 0, freeInodes: 0 }];
		const instances = [{ ...one, inside: { ...one.inside!, disks } }];
		expect(shown(runtimeFacts({ control: healthyControl({ queues }), instances }))).toEqual([
			"TR130 ← TR110 TR151 TR151",
		]);
	});

	it("name a dependency that is down once, for all instances", () => {
		const failure = { code: "temporal_unreachable", message: "nobody answers", hint: "start it" };
		const [temporal, store] = healthyControl().dependencies;
		const rungs = [{ rung: "tcp", ok: false, detail: "ECONNREFUSED", ms: 1 }];
		const inside = healthyInside({ ladders: [{ dependency: "temporal", address: "10.0.0.5:7233", rungs }] });
		const instances = ["cpu-1", "cpu-2"].map((name) => healthyInstance({ name, inside }));
		const control = healthyControl({ dependencies: [{ ...temporal!, failure }, store!], queues: [] });
		expect(shown(runtimeFacts({ control, instances }))).toEqual(["TR150 ← TR120 TR120"]);
	});

	it("of one instance explain nothing of another one", () => {
		const disks = [{ path: "/", total: 32 * 1024 ** 3, free: 0, inodes: 0, freeInodes: 0 }];
		const other = healthyInstance({ name: "cpu-2", inside: healthyInside({ disks }) });
		expect(shown(runtimeFacts({ instances: [crash(), other] })).toSorted()).toEqual([
			"TR110 ← nothing",
			"TR130 ← nothing",
		]);
	});

	it("say when it began and what was changed before", () => {
		const [cause] = causes(
			runtimeFacts({ control: healthyControl({ queues }), instances: [{ ...crash(), drift: ["LLAMA_NGL"] }] }),
		);
		expect(cause!.firstSeen).toBe("2026-11-29T11:57:00.000Z");
		expect(cause!.changed).toEqual([
			"release 20261129T105900.000-1 (build 0123456789ab) of cpu-1 ended live 57 min before",
			"the container of cpu-1 was started 57 min before",
			"commit 9f8e7d6c5b4a, which runs on cpu-1, was made 3 h before",
			"LLAMA_NGL of cpu-1 changed in cres.yaml or .env since its release",
		]);
	});

	it("are rules about checks that exist, and lead in no circle", () => {
		const known = checks.map(({ id }) => id);
		const named = CAUSE_RULES.flatMap(({ cause, explains }) => [cause, ...explains]);
		expect(named.filter((one) => !known.includes(one))).toEqual([]);
	});
});

describe("the report of a sweep", () => {
	it("is a matrix, worst first, then causes, then what to type", () => {
		const well = healthyInstance({ name: "cpu-2" });
		const facts = runtimeFacts({
			control: healthyControl({ queues, instances: ["cpu-1", "cpu-2"] }),
			instances: [well, crash()],
		});
		expect(`\n${renderRuntime(judgeFacts(checks, facts), causes(facts))}\n`).toMatchInlineSnapshot(`
			"
			control  ✔ TR150  ✖ TR151  ✔ TR152  ✔ TR153  ✔ TR154  ✔ TR155
			         01 02 03 04 05 06 10 11 12 13 14 15 20 21 22 30 31 32 33 34 35
			✖ cpu-1   ✔  ✔  ✔  ✔  ✔  ✔  ✖  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔
			✔ cpu-2   ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔  ✔

			1. ✖ TR110 worker-cpu of cpu-1 is in a crash loop (FATAL), exit status 1: Error: Cannot find module '/app/x' (first seen 2026-11-29T11:57:00.000Z)
			     2026-11-29T11:57:00.000Z cpu-1 worker-cpu: Error: Cannot find module '/app/x'
			     2026-11-29T11:58:00.000Z cpu-1 supervisord: workers:worker-cpu FATAL, exit status 1
			   explains 2:
			     TR151 no worker polls video-processing@cpu (workflow tasks)
			     TR151 no worker polls video-processing@cpu (activity tasks)
			   what changed: release 20261129T105900.000-1 (build 0123456789ab) of cpu-1 ended live 57 min before; the container of cpu-1 was started 57 min before; commit 9f8e7d6c5b4a, which runs on cpu-1, was made 3 h before
			   → cres logs cpu-1 --program worker-cpu --tail 50

			next:
			  cres logs cpu-1 --program worker-cpu --tail 50
			"
		`);
	});

	it("counts those that are well where there are many", () => {
		const instances = Array.from({ length: 100 }, (_, at) => healthyInstance({ name: `cpu-${at + 1}` }));
		const lines = renderRuntime(judgeFacts(checks, runtimeFacts({ instances })), []).split("\n");
		expect(lines).toHaveLength(23);
		expect(lines.at(-1)).toBe("✔ 80 more instances: every check passed");
	});
});
