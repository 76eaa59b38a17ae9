import { describe, expect, it } from "vitest";
import { loadRuntimeChecks } from "../../../src/checks/registry.ts";
import { judgeFacts } from "../../../src/checks/runtime/judge.ts";
import { failed, healthyControl, healthyInside, healthyInstance, runtimeFacts } from "../../support/runtime-facts.ts";

const checks = await loadRuntimeChecks();

describe("what could not be seen", () => {
	it("is one line for an instance that does not answer, and no pass", () => {
		const facts = runtimeFacts({
			instances: [
				healthyInstance({
					unreachable: failed("instance_unreachable", "cpu-1 does not answer"),
					inside: null,
					container: null,
				}),
			],
		});
		const results = judgeFacts(checks, facts).filter(({ instance: name }) => name === "cpu-1");
		expect(results.map(({ check }) => check.code)).toEqual(["TR101", "TR102"]);
		const ofInstance = checks.filter(({ looksAt }) => looksAt !== "control").length;
		expect(results[0]!.outcome.couldNotLook).toEqual([
			{ what: `${ofInstance - 2} checks of cpu-1: cpu-1 does not answer`, how: "cres endpoint discover cpu-1" },
		]);
	});

	it("is said of one check that was asked for alone, too", () => {
		const facts = runtimeFacts({
			instances: [healthyInstance({ unreachable: failed("no_answer", "cpu-1 gives no answer in 12 s"), inside: null })],
		});
		const results = judgeFacts(
			checks.filter(({ code }) => code === "TR130"),
			facts,
		);
		expect(results.map(({ outcome }) => outcome.couldNotLook)).toEqual([
			[{ what: "1 checks of cpu-1: cpu-1 gives no answer in 12 s", how: "cres endpoint discover cpu-1" }],
		]);
	});

	it("is said of an instance that was not asked, whichever check is asked for", () => {
		const facts = runtimeFacts({ instances: [], notAsked: ["cpu-2"] });
		const only = (wanted: string) =>
			judgeFacts(
				checks.filter(({ code }) => code === wanted),
				facts,
			);
		for (const code of ["TR101", "TR106", "TR130"])
			expect(only(code)).toMatchObject([
				{ instance: "cpu-2", outcome: { couldNotLook: [{ what: "cpu-2: the time was over before it was asked" }] } },
			]);
	});

	it("is said of every queue when Temporal does not answer", () => {
		const failure = { code: "no_answer", message: "nobody answers", hint: null };
		const { dependencies } = healthyControl();
		const silent = dependencies.map((one) => (one.name === "temporal" ? { ...one, failure } : one));
		const facts = runtimeFacts({ control: healthyControl({ queues: [], dependencies: silent }) });
		const blind = judgeFacts(checks, facts).filter(({ outcome }) => outcome.couldNotLook?.length);
		expect(blind.map(({ check }) => check.code)).toEqual(["TR151", "TR152", "TR153", "TR154"]);
	});

	it("is said where settings could not be compared, and where nothing tells what runs", () => {
		const judged = (over: Parameters<typeof healthyInstance>[0]) =>
			judgeFacts(checks, runtimeFacts({ instances: [healthyInstance(over)] })).flatMap(({ check, outcome }) =>
				(outcome.couldNotLook ?? []).map(({ what }) => `${check.code} ${what}`),
			);
		expect(judged({ drift: null })).toEqual(["TR105 the settings of cpu-1 could not be compared"]);
		expect(judged({ container: null, containers: 0 })).toContain("TR103 nothing tells what runs on cpu-1");
	});

	it("is named where a section could not be read, or the time was over", () => {
		const facts = runtimeFacts({
			instances: [
				healthyInstance({ inside: healthyInside({ disks: null, missed: { disks: "it took longer than 6 s" } }) }),
			],
			notAsked: ["cpu-2"],
		});
		const results = judgeFacts(checks, facts).flatMap(({ instance: name, check, outcome }) =>
			(outcome.couldNotLook ?? []).map(({ what }) => `${name} ${check.code} ${what}`),
		);
		expect(results).toEqual([
			"cpu-1 TR130 disks: it took longer than 6 s",
			"cpu-2 TR101 cpu-2: the time was over before it was asked",
		]);
	});

	it("is a check that fails", () => {
		const run = () => {
			throw new Error("a defect");
		};
		const results = judgeFacts(
			[{ ...checks.find(({ code }) => code === "TR101")!, looksAt: "instance", run }],
			runtimeFacts(),
		);
		expect(results[0]!.outcome.couldNotLook).toEqual([
			{ what: "the check failed: a defect", how: "report it with cres triage --bundle", failed: true },
		]);
	});
});
