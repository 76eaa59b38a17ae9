import type { Found, StaticCheck } from "../triage-check.ts";
import { embeddedIn, syntaxFault, wholeOf, type Embedded } from "../workflows/embedded.ts";
import { counted, readableSteps, type Step } from "../workflows/model.ts";
import { scriptOf } from "../workflows/script.ts";

const NAMES = { python: "Python", javascript: "JavaScript", json: "JSON", shell: "shell" } as const;

export default {
	code: "TS205",
	scope: "static",
	severity: "error",
	question: "Does every script of a step parse, with the programs in its here-documents?",
	why: "A shell runs a script up to the line that it cannot parse, and looks into no here-document: the fault shows minutes later, in CI.",
	example: "`if [ -f a ]; then` without `fi`; a Python probe in a here-document that lost a line.",
	async run(tree) {
		const steps = readableSteps(tree).filter(({ run }) => run !== undefined);
		const findings = await Promise.all(steps.map(faultsOf));
		return { looked: `${counted(tree)}, ${steps.length} scripts`, findings: findings.flat() };
	},
} satisfies StaticCheck;

async function faultsOf(step: Step): Promise<Found[]> {
	const whole = wholeOf(step);
	if (whole !== undefined) return embeddedFault(step, whole);
	const script = scriptOf(step);
	if (script === undefined) return [];
	// The expression is the fault then.
	if (script.text.split("${{").length > script.text.split("}}").length) return [];
	const [fault] = script.faults;
	if (fault !== undefined)
		return [
			{
				message: `the script of step "${step.title}" is no shell script: ${fault.message}`,
				evidence: [script.place(fault.at)],
				fix: { say: "close what is open there, or take out what closes nothing; bash -n shows the same" },
			},
		];
	return (await Promise.all(embeddedIn(script).map((one) => embeddedFault(step, one)))).flat();
}

async function embeddedFault(step: Step, embedded: Embedded): Promise<Found[]> {
	const fault = await syntaxFault(embedded);
	if (fault === undefined) return [];
	return [
		{
			message: `the ${NAMES[embedded.tongue]} in step "${step.title}" does not parse: ${fault.what}`,
			evidence: [step.run!.placeIn(embedded.at + fault.at)],
			fix: { say: "mend it there, or move it to a file of the repository that its tests can load" },
		},
	];
}
