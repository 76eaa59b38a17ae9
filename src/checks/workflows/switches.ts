import type { Found } from "../triage-check.ts";
import { isTitled } from "./gates.ts";
import type { Workflow } from "./model.ts";
import type { Part } from "./part.ts";
import { scriptOf, typed } from "./script.ts";

const SKIP =
	/^(?:SKIP|DISABLE|NO)_?(?:\w*_)?(?:SMOKE|TESTS?|E2E|CHECKS?)(?:_\w+)?$|^(?:\w+_)?(?:SMOKE|TESTS?|E2E)_(?:SKIP|DISABLED?)$/i;
const RUN =
	/^(?:RUN|ENABLE|DO|WITH)_?(?:\w*_)?(?:SMOKE|TESTS?|E2E|CHECKS?)(?:_\w+)?$|^(?:\w+_)?(?:SMOKE|TESTS?|E2E)_ENABLED$/i;
const YES = /^(?:true|1|yes|on)$/i;
const NO = /^(?:false|0|no|off)$/i;

/** Tests that a constant switches off, and steps with the name of a test that test nothing. */
export function switchedOffByName({ root, jobs }: Workflow): Found[] {
	const steps = jobs.flatMap((job) => job.steps);
	const env = [root, ...jobs.map(({ part }) => part), ...steps.map(({ part }) => part)].flatMap((part) => [
		...(part.get("env")?.map ?? []),
	]);
	return [...env.flatMap(constant), ...steps.flatMap(empty)];
}

function constant([name, part]: readonly [string, Part]): Found[] {
	const value = part.text?.trim() ?? "";
	if (!(SKIP.test(name) && YES.test(value)) && !(RUN.test(name) && NO.test(value))) return [];
	return [
		{
			message: `\`${name}: ${value}\` switches a test off in every run`,
			evidence: [part.place],
			fix: { say: `take ${name} out, or make it an input of workflow_dispatch` },
		},
	];
}

/** A step called a test that only says something. */
function empty(step: Workflow["jobs"][number]["steps"][number]): Found[] {
	const script = isTitled(step) ? scriptOf(step) : undefined;
	if (script === undefined || script.commands.length === 0 || script.faults.length > 0) return [];
	if (
		!script.commands.every(
			(command) =>
				/^(?:echo|printf|true|:|exit 0|sleep)\b/.test(typed(command)) && command.writes.length === 0 && !command.nested,
		)
	)
		return [];
	return [
		{
			message: `step "${step.title}" is called a test and tests nothing`,
			evidence: [script.place(0), step.part.place],
			fix: { say: "start what is to be tested and look at what it answers, or delete the step" },
		},
	];
}
