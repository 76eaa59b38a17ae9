import { editAt } from "../facts/found.ts";
import type { Tree } from "../tree/tree.ts";
import type { Fix, Found, StaticCheck } from "../triage-check.ts";
import { before, isGate, isTestJob, publishes, testsOthers } from "../workflows/gates.ts";
import { counted, workflowsOf, type Job, type Step, type Workflow } from "../workflows/model.ts";
import type { Part } from "../workflows/part.ts";
import { channelOf, lonely } from "../workflows/untested-images.ts";
import { switchedOffByName } from "../workflows/switches.ts";

export default {
	code: "TS213",
	scope: "static",
	severity: "warning",
	question: "Does everything that is published depend on a test that is switched on?",
	why: 'A smoke test that is switched off "for now" stays off, and a publishing job that does not need the tests publishes while they fail.',
	example: "`if: false` on the smoke test; a job that pushes with `needs: build` beside a job `test`.",
	run(tree) {
		return {
			looked: counted(tree),
			findings: workflowsOf(tree).flatMap((workflow) => [
				...switchedOff(workflow),
				...commentedOut(workflow),
				...switchedOffByName(workflow),
				...untested(tree, workflow),
			]),
		};
	},
} satisfies StaticCheck;

const NEVER = /^(?:\$\{\{\s*)?(?:false|'false'\s*==\s*'true'|1\s*==\s*0|0)(?:\s*\}\})?$|^(?:\$\{\{\s*)?false\s*&&/;

function switchedOff({ jobs }: Workflow): Found[] {
	const steps = jobs.flatMap((job) => job.steps);
	const off = [
		...jobs.filter(isTestJob).map(({ part, id }) => ({ part, name: `job \`${id}\`` })),
		...steps.filter(isGate).map(({ part, title }) => ({ part, name: `step "${title}"` })),
	];
	return off.flatMap(({ part, name }) => {
		const condition = part.get("if");
		return condition?.text === undefined || !NEVER.test(condition.text.trim())
			? []
			: [
					{
						message: `${name} is a test and is switched off by \`if: ${condition.text}\``,
						evidence: [condition.place],
						fix: { say: "take the condition out, or take the test out", ...lineOut(condition) },
					},
				];
	});
}

/** Where the condition has a line of its own. */
const lineOut = ({ file, at, text }: Part): Pick<Fix, "edit"> => {
	const line = file.lineAt(at);
	const before = file.lines[line - 1]!;
	return /^\s+if:\s*/.test(before) && before.includes(text!) ? editAt(file, file.startOf(line), before) : {};
};

const STEP = /^\s*#\s*-\s*(?:name|run|uses|id):\s*(.+)$/;
const KEY =
	/^\s*#\s*(?:run|uses|with|env|shell|if|timeout-minutes|working-directory):(?:\s|$)|^\s*#\s*(?:docker|bash|sh|curl|python3?|pytest|npm|\.\/)\s?\S/;

/** A step in comments: its first line, and one more key or command below. */
function commentedOut({ file }: Workflow): Found[] {
	return file.lines.flatMap((line, index) => {
		const [, name] = STEP.exec(line) ?? [];
		if (name === undefined || !/\b(?:smoke|tests?|e2e|pytest|verify|health)\b|smoke|_test/i.test(name)) return [];
		const single = /^\s*#\s*-\s*run:\s*\S/.test(line);
		if (!single && !KEY.test(file.lines[index + 1] ?? "")) return [];
		return [
			{
				message: `the test step \`${name.trim().slice(0, 60)}\` is commented out`,
				evidence: [file.place(index + 1)] as const,
				fix: { say: "put it back, or delete it and say in the plan what tests the image instead" },
			},
		];
	});
}

function untested(tree: Tree, workflow: Workflow): Found[] {
	const tests = workflow.jobs.filter((job) => isTestJob(job) && !job.steps.some((step) => publishes(step)));
	return workflow.jobs.flatMap((job): Found[] => {
		const step =
			job.steps.find((one) => publishes(one) !== undefined) ?? (DEPLOYS.test(job.id) ? job.steps[0] : undefined);
		if (step === undefined) return [];
		const needed = before(job);
		const tested = tests.find((test) => needed.has(test) && !isOff(test.part));
		const strong = tests.filter(isStrong);
		if (
			tested !== undefined &&
			!isStrong(tested) &&
			strong.length > 0 &&
			!strong.some((test) => needed.has(test)) &&
			!strong.some((test) => before(test).has(job)) &&
			!strong.every((test) => testsOthers(test, job))
		)
			return [
				beside(
					job,
					strong.find((test) => !testsOthers(test, job))!,
				),
			];
		const other = [...needed].at(-1);
		if (tested !== undefined || other !== undefined) {
			const found = whateverHappens(job, tested ?? other!);
			if (tested !== undefined || found.length > 0) return found;
		}
		if (job.steps.slice(0, step.index + 1).some((one) => isGate(one) && !isOff(one.part))) return [];
		const after = tests.find((test) => before(test).has(job));
		if (after !== undefined) return tooEarly(job, step, after);
		const [test] = tests.filter((one) => !testsOthers(one, job));
		if (test !== undefined) return [beside(job, test)];
		if (tests.length > 0) return [];
		const late = job.steps.slice(step.index + 1).find((one) => isGate(one) && publishes(step) === "image");
		return late === undefined || channelOf(job) === undefined ? lonely(tree, workflow, step) : [testedLate(step, late)];
	});
}

/** More than a linter. */
const isStrong = ({ id, steps }: Job): boolean =>
	/test|smoke|e2e|integration/i.test(id) || (!/lint|format|style/i.test(id) && steps.some(isGate));

/** Jobs that are there to change what runs. */
const DEPLOYS = /^(?:deploy|publish|release|promote)(?:[-_](?!.*(?:notes?|draft|preview|plan|dry)).*)?$/i;

const testedLate = (step: Step, late: Step): Found => ({
	message: `step "${step.title}" pushes \`${channelOf(step.job)}\` before step "${late.title}" tests it`,
	evidence: [step.part.place, late.part.place],
	fix: { say: "test the image before the push" },
});

const isOff = (part: Part): boolean => NEVER.test(part.get("if")?.text?.trim() ?? "");

function whateverHappens(job: Job, tested: Job): Found[] {
	const always = job.part.get("if");
	if (
		always?.text === undefined ||
		!/always\(\)|!\s*cancelled\(\)/.test(always.text) ||
		/needs\.[\w*-]+\.result|success\(\)/.test(always.text)
	)
		return [];
	return [
		{
			message: `job \`${job.id}\` publishes also when \`${tested.id}\` failed: \`if: ${always.text}\``,
			evidence: [always.place, tested.part.place],
			fix: { say: "take always() out of the condition" },
		},
	];
}

function tooEarly(job: Job, step: Step, after: Job): Found[] {
	const channel = channelOf(job);
	if (channel === undefined) return [];
	return [
		{
			message: `job \`${job.id}\` pushes \`${channel}\` before \`${after.id}\` tests it`,
			evidence: [step.part.place, after.part.place],
			fix: { say: `push a tag of the commit, test it, and move ${channel} in a job that needs the test` },
		},
	];
}

const beside = (job: Job, test: Job): Found => ({
	message: `job \`${job.id}\` publishes and does not need \`${test.id}\`, so that it publishes while the tests fail`,
	evidence: [job.part.place, test.part.place],
	fix: { say: `add ${test.id} to the needs of ${job.id}` },
});
