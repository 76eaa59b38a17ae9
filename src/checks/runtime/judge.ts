import { messageOf } from "../../errors/errors.ts";
import { aboutOf } from "../about.ts";
import type { CheckResult, Named, NotLooked, Outcome, RuntimeCheck } from "../triage-check.ts";
import type { ControlFacts, InstanceFacts, RuntimeFacts } from "./facts.ts";

/** Every check on facts that were gathered, now or long ago. Pure. */
export function judgeFacts(checks: readonly Named<RuntimeCheck>[], facts: RuntimeFacts): CheckResult[] {
	const { control, instances, notAsked } = facts;
	const ofControl = checks.filter(({ looksAt }) => looksAt === "control");
	return [
		...ofControl.flatMap((check) => one(check, undefined, () => runControl(check, control))),
		...instances.flatMap((instance) => ofInstance(checks, instance, control)),
		...notAsked.flatMap((name) => notRun(checks, name)),
	];
}

function ofInstance(
	checks: readonly Named<RuntimeCheck>[],
	instance: InstanceFacts,
	control: ControlFacts,
): CheckResult[] {
	const own = checks.filter(({ looksAt }) => looksAt !== "control");
	const [ran, left] = [
		own.filter((check) => applies(check, instance)),
		own.filter((check) => !applies(check, instance)),
	];
	const results = ran.flatMap((check) => one(check, instance.name, () => runOn(check, instance, control)));
	const [first, ...others] = results;
	if (left.length === 0) return results;
	if (!first) {
		const couldNotLook = [unseen(instance, left.length)];
		return one(left[0]!, instance.name, () => ({ looked: "", findings: [], couldNotLook }));
	}
	const couldNotLook = [...(first.outcome.couldNotLook ?? []), unseen(instance, left.length)];
	return [{ ...first, outcome: { ...first.outcome, couldNotLook } }, ...others];
}

function applies(check: RuntimeCheck, { unreachable, inside }: InstanceFacts): boolean {
	if (check.looksAt === "inside") return inside !== null;
	return unreachable === null || (check.looksAt === "instance" && check.unreached === true);
}

/** An instance that does not answer is one line, not one a check. */
function unseen({ name, unreachable, stopped, insideFailure }: InstanceFacts, count: number): NotLooked {
	const why = unreachable?.message ?? stopped?.detail ?? insideFailure?.message ?? "its container does not answer";
	const how = unreachable?.hint ?? stopped?.fix ?? insideFailure?.hint ?? `cres status ${name}`;
	return { what: `${count} checks of ${name}: ${why}`, how };
}

function notRun(checks: readonly Named<RuntimeCheck>[], name: string): CheckResult[] {
	const own = checks.filter(({ looksAt }) => looksAt !== "control");
	const check = own.find(({ looksAt }) => looksAt === "instance") ?? own[0];
	const what = `${name}: the time was over before it was asked`;
	const couldNotLook = [{ what, how: `cres triage --runtime ${name}, or a larger --budget` }];
	return check ? one(check, name, () => ({ looked: "", findings: [], couldNotLook })) : [];
}

function runControl(check: RuntimeCheck, control: ControlFacts): Outcome {
	if (check.looksAt !== "control") throw new Error("it does not look at the control side");
	return check.run(control);
}

function runOn(check: RuntimeCheck, instance: InstanceFacts, control: ControlFacts): Outcome {
	if (check.looksAt === "inside") return check.run({ instance, control, inside: instance.inside! });
	if (check.looksAt === "instance") return check.run({ instance, control });
	throw new Error("it looks at the control side");
}

/** A check that fails could not look, and is never a pass. */
function one(named: Named<RuntimeCheck>, instance: string | undefined, run: () => Outcome): CheckResult[] {
	const check = aboutOf(named);
	const started = performance.now();
	let outcome: Outcome;
	try {
		outcome = run();
	} catch (error) {
		const what = `the check failed: ${messageOf(error)}`;
		const how = "report it with cres triage --bundle";
		outcome = { looked: "", findings: [], couldNotLook: [{ what, how, failed: true }] };
	}
	const ms = Math.round(performance.now() - started);
	return [{ check, ...(instance === undefined ? {} : { instance }), outcome, ms }];
}
