import { isReadOutside } from "../facts/known-names.ts";
import { standingOf } from "../facts/standing.ts";
import type { Tree } from "../tree/tree.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { counted } from "../workflows/model.ts";
import { scriptsOf, type StepScript } from "../workflows/script.ts";

const WRITES = /(?:echo|printf)\s+["']?([A-Za-z_]\w*)=[^\n]*>>\s*["']?\$\{?GITHUB_ENV/g;

export default {
	code: "TS227",
	scope: "static",
	severity: "error",
	question: "Is every variable of GITHUB_ENV read, and by a later step than the one that writes it?",
	why: "What a step writes to GITHUB_ENV is there from the next step on; in the same step the variable is empty. One that nobody reads was mostly meant for a step that takes something else.",
	example:
		'`echo "TAG=1" >> "$GITHUB_ENV"` and then `docker build -t app:$TAG .` in one script. Assign it first: `TAG=1`.',
	run(tree) {
		const scripts = scriptsOf(tree);
		return { looked: counted(tree), findings: scripts.flatMap((one) => [...tooEarly(one), ...unread(tree, one)]) };
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

/** Written for later steps of the job, and named by none, and by no program that they might start. */
function unread(tree: Tree, { text, step, place }: StepScript): Found[] {
	const { file, kind } = step.job.workflow;
	if (kind === "action") return [];
	return [...text.matchAll(WRITES)].flatMap(({ index, 1: name }): Found[] => {
		if (!/^[A-Z][A-Z\d_]{2,}$/.test(name!) || isReadOutside(name!)) return [];
		const mention = new RegExp(`(?<![\\w])${name}\\b`);
		const rest = file.text.replaceAll(WRITES, "");
		const isElsewhere = ({ path, text: other }: (typeof tree.files)[number]): boolean =>
			path !== file.path && isProgram(path) && mention.test(other);
		if (mention.test(rest) || tree.files.some(isElsewhere)) return [];
		return [
			{
				message: `step "${step.title}" writes ${name} to GITHUB_ENV, and no step after it reads it`,
				evidence: [place(index)],
				fix: { say: `read it where it is meant ($${name}), or take the line out` },
			},
		];
	});
}

/** A file whose program a step may start; variables of one workflow are not those of another. */
const isProgram = (path: string): boolean =>
	!/^(?:docs|history)$/.test(standingOf(path)) && !path.startsWith(".github/workflows/");

/** An earlier step may have set it. */
const writtenBefore = (step: StepScript["step"], name: string): boolean =>
	step.job.steps.slice(0, step.index).some(({ run }) => new RegExp(`\\b${name}(?:=|<<)`).test(run?.text ?? ""));
