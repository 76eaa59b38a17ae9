import type { Found, StaticCheck } from "../triage-check.ts";
import { counted } from "../workflows/model.ts";
import { scriptsOf, type StepScript } from "../workflows/script.ts";

const WRITES = /(?:echo|printf)\s+["']?([A-Za-z_]\w*)=[^\n]*>>\s*["']?\$\{?GITHUB_ENV/g;

export default {
	code: "TS227",
	scope: "static",
	severity: "error",
	question: "Is no variable of GITHUB_ENV read by the step that writes it?",
	why: "What a step writes to GITHUB_ENV is there from the next step on; in the same step the variable is empty.",
	example:
		'`echo "TAG=1" >> "$GITHUB_ENV"` and then `docker build -t app:$TAG .` in one script. Assign it first: `TAG=1`.',
	run(tree) {
		return { looked: counted(tree), findings: scriptsOf(tree).flatMap(tooEarly) };
	},
} satisfies StaticCheck;

function tooEarly({ text, step, place }: StepScript): Found[] {
	return [...text.matchAll(WRITES)].flatMap(({ index, 0: write, 1: name }): Found[] => {
		const assigned = new RegExp(
			`(?:^|[\\s;(&|])(?:export\\s+|local\\s+|readonly\\s+|declare\\s+(?:-\\w+\\s+)?)?${name}\\+?=(?!=)|\\bread\\b[^\\n]*\\b${name}\\b|\\bfor\\s+${name}\\b|\\$\\{${name}:?=`,
			"m",
		);
		const others = text.replaceAll(WRITES, "");
		const env = [step.part, step.job.part, step.job.workflow.root].some((part) => part.get("env", name!) !== undefined);
		if (assigned.test(others) || env || writtenBefore(step, name!)) return [];
		const start = index + write.length;
		const use = new RegExp(`\\$\\{?${name}\\b(?!:?[-+])`).exec(text.slice(start));
		if (use === null) return [];
		return [
			{
				message: `step "${step.title}" reads \`$${name}\`, which it has only written to GITHUB_ENV: it is empty until the next step`,
				evidence: [place(start + use.index), place(index)],
				fix: { say: `assign it in the script before: ${name}=…, and write it to GITHUB_ENV from there` },
			},
		];
	});
}

/** An earlier step may have set it. */
const writtenBefore = (step: StepScript["step"], name: string): boolean =>
	step.job.steps.slice(0, step.index).some(({ run }) => new RegExp(`\\b${name}(?:=|<<)`).test(run?.text ?? ""));
