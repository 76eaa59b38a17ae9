import type { Command } from "../shell/lexer.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { dockerCall } from "../workflows/docker.ts";
import { isGate, isTest, isTitled } from "../workflows/gates.ts";
import { counted, readableOf, type Job, type Step } from "../workflows/model.ts";
import { scriptOf, shellOf, typed, type StepScript } from "../workflows/script.ts";

export default {
	code: "TS212",
	scope: "static",
	severity: "warning",
	question: "Can every test, check and smoke test fail its job?",
	why: "A test whose failure is swallowed is green for ever: what it was for is released untested.",
	example:
		"`./smoke.sh || true`; `pytest | tee log` under GitHub's default shell, which has no pipefail; `continue-on-error: true` that nobody reads.",
	run(tree) {
		const jobs = readableOf(tree).flatMap((workflow) => workflow.jobs);
		return {
			looked: counted(tree),
			findings: jobs.flatMap((job) => [...wholeJob(job), ...job.steps.flatMap(faultsOf)]),
		};
	},
} satisfies StaticCheck;

function wholeJob({ part, id, steps }: Job): Found[] {
	const allowed = part.get("continue-on-error");
	if (allowed?.text !== "true" || !steps.some(isGate)) return [];
	return [
		found(
			`job \`${id}\` tests, and may fail without a consequence`,
			[allowed.place],
			"take `continue-on-error: true` out of the job",
		),
	];
}

function faultsOf(step: Step): Found[] {
	const script = scriptOf(step);
	const allowed = step.part.get("continue-on-error");
	if (allowed?.text === "true" && isGate(step) && !isRead(step))
		return [
			found(
				`step "${step.title}" may fail without a consequence, and no later step reads its outcome`,
				[allowed.place],
				"take `continue-on-error: true` out, or fail on steps.ID.outcome in a later step",
			),
		];
	if (script === undefined) return [];
	const gates = script.commands.filter((command) => !command.nested && isGuard(step, command));
	return gates.flatMap((gate) => swallowed(gate, script) ?? []).slice(0, 2);
}

/** Whether a later step asks how this one ended. */
const isRead = ({ id, job, index }: Step): boolean =>
	id !== undefined && job.workflow.file.text.slice(job.steps[index]!.part.at).includes(`steps.${id}.`);

const PROBES = /^(?:curl|wget|nc|grep -q|test|bash|sh|\.\/|python|node)\b|^\.\//;
const CLEANS =
	/^(?:docker (?:rm|stop|kill|logs|ps|inspect|network|volume|image|system|pull|compose (?:down|logs|ps|stop|rm))|rm|mkdir|kill|pkill|cat|echo|ls|mv|cp|chmod|git|pip|npm (?:ci|install)|apt)/;

function isGuard(step: Step, command: Command): boolean {
	if (isTest(command)) return true;
	const text = typed(command);
	if (!isTitled(step) || CLEANS.test(text) || command.depth > 0) return false;
	return PROBES.test(text) || ["run", "exec"].includes(dockerCall(command)?.verb ?? "");
}

/** A test in a script, with the command after it. */
interface Guard {
	script: StepScript;
	at: number;
	/** As it is typed, its first line. */
	name: string;
	next: Command | undefined;
}

function swallowed(gate: Command, script: StepScript): Found | undefined {
	const next = script.commands.slice(script.commands.indexOf(gate) + 1).find(({ nested }) => !nested);
	const at = gate.words[0]!.start;
	const name = script.text.slice(at, gate.words.at(-1)!.end).split("\n")[0]!.slice(0, 60);
	const guard = { script, at, name, next };
	return byOr(guard) ?? byElse(guard) ?? byPipe(guard) ?? byOption(guard) ?? byExit(guard);
}

function byOr({ script, at, name, next }: Guard): Found | undefined {
	if (next?.before !== "||" || !isHarmless(next) || condition(script.text, at)) return undefined;
	const [or, test] = [script.place(next.words[0]!.start), script.place(at)];
	const what = typed(next).slice(0, 30);
	const places: Found["evidence"] = or.line === test.line ? [or] : [or, test];
	return found(
		`a failure of \`${name}\` is swallowed by \`|| ${what}\``,
		places,
		`take \`|| ${what}\` out, so that \`${name}\` fails the step`,
	);
}

/** `if smoke; then …; else echo failed; fi`, and nothing that fails. */
function byElse({ script, at, name }: Guard): Found | undefined {
	const line = script.text.slice(script.text.lastIndexOf("\n", at - 1) + 1, at);
	if (!/^\s*if\s+(?:!\s+)?$/.test(line)) return undefined;
	const rest = script.text.slice(at);
	if (
		/\bexit\s+(?:[1-9]|["']?\$)|\bfalse\b|\breturn\s+[1-9]|\w+=|continue|break|>>/.test(rest) ||
		!/\bfi\b/.test(rest) ||
		!/\belse\b|!\s+$/.test(`${rest}${line}`)
	)
		return undefined;
	return found(
		`a failure of \`${name}\` is only told: no branch of its \`if\` fails the step`,
		[script.place(at)],
		"add `exit 1` to the branch of the failure",
	);
}

function byPipe({ script, at, name, next }: Guard): Found | undefined {
	if (next?.before !== "|" || hasPipefail(script)) return undefined;
	return found(
		`the exit status of \`${name}\` is lost in a pipe: GitHub's default shell has no pipefail`,
		[script.place(at)],
		"add `shell: bash` to the step, which sets pipefail, or `set -o pipefail` to the script",
	);
}

function byOption({ script: { text, place }, at, name, next }: Guard): Found | undefined {
	const off = [...text.slice(0, at).matchAll(/^[ \t]*set (?:\+e|\+o errexit|-[a-z]*\s\+e)\b/gm)].at(-1);
	const isOn = off === undefined || /set -\w*e/.test(text.slice(off.index, at));
	if (isOn || next === undefined || /\$\?|PIPESTATUS|set -\w*e/.test(text.slice(at))) return undefined;
	return found(
		`\`set +e\` lets the script go on after a failure of \`${name}\`, and nobody reads its exit status`,
		[place(off.index + off[0].search(/\S/)), place(at)],
		"take `set +e` out",
	);
}

function byExit({ script: { commands, place }, at, name }: Guard): Found | undefined {
	const early = commands.find(
		(command) => isPlain(command) && typed(command) === "exit 0" && command.words[0]!.start < at,
	);
	return (
		early &&
		found(
			`\`exit 0\` ends the script before \`${name}\``,
			[place(early.words[0]!.start), place(at)],
			"take `exit 0` out",
		)
	);
}

/** At the top of the script, and unconditional. */
const isPlain = ({ depth, nested, before }: Command): boolean =>
	depth === 0 && !nested && ["", "\n", ";"].includes(before);

const isHarmless = (command: Command): boolean =>
	/^(?:true|:|exit 0|echo\b.*|printf\b.*|\/bin\/true)$/.test(typed(command));
const condition = (text: string, at: number): boolean =>
	/^\s*(?:if|while|until|elif)\b|!\s*$/.test(text.slice(text.lastIndexOf("\n", at - 1) + 1, at));

function hasPipefail({ step, text }: StepScript): boolean {
	const shell = shellOf(step);
	return (shell !== undefined && (shell === "bash" || shell.includes("pipefail"))) || /pipefail|PIPESTATUS/.test(text);
}

const found = (message: string, places: Found["evidence"], say: string): Found => ({
	message,
	evidence: places,
	fix: { say },
});
