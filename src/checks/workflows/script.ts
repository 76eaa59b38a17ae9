import { parseShell, type Command, type Script, type Word } from "../shell/lexer.ts";
import type { FilePlace } from "../triage-check.ts";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { stepsOf, type Step } from "./model.ts";
import type { Part } from "./part.ts";

/** The commands of a step, with where they stand. */
export interface StepScript extends Script {
	step: Step;
	/** As it is written, expressions included. */
	text: string;
	place: (offset: number) => FilePlace;
	/** A word as it is written, expressions included. */
	raw: (word: Word) => string;
}

const POSIX = /^(?:bash|sh|dash|zsh)(?:\s|$)|\/(?:ba|da|z)?sh(?:\s|$)/;
const EXPRESSION = /\$\{\{[^]*?\}\}/g;

/** An expression becomes a variable of the same length, so that offsets stay. */
export const masked = (text: string): string =>
	text.replaceAll(EXPRESSION, (one) => `\${${"_".repeat(Math.max(one.length - 3, 1))}}`);

/** What runs the step: its own `shell`, or the default of the job or of the workflow; undefined for GitHub's default. */
export const shellOf = ({ part, job }: Step): string | undefined =>
	(part.get("shell") ?? job.part.get("defaults", "run", "shell") ?? job.workflow.root.get("defaults", "run", "shell"))
		?.text;

const onWindows = ({ job }: Step): boolean =>
	(job.part.get("runs-on")?.texts ?? []).some(({ text }) => /windows|\$\{\{/i.test(text!)) &&
	!isAlwaysUnix(job.part.get("runs-on")?.text);
const isAlwaysUnix = (runner: string | undefined): boolean => runner !== undefined && /^(?:ubuntu|macos)/.test(runner);

/** The script of a step for a POSIX shell; undefined when it is none, or when the runner may be Windows. */
export const scriptOf = once((step: Step): StepScript | undefined => {
	const { run } = step;
	if (run === undefined) return undefined;
	const shell = shellOf(step);
	if (shell === undefined ? onWindows(step) : !POSIX.test(shell)) return undefined;
	return parsedScript(step, run);
});

const parsedScript = (step: Step, run: Part): StepScript => {
	const text = run.text!;
	return {
		...parseShell(masked(text)),
		step,
		text,
		place: (offset) => run.placeIn(offset),
		raw: ({ start, end }) => text.slice(start, end),
	};
};

/** The same, and of a step whose shell is not known where each line is a command that all of them read alike. */
export const plainScriptOf = once((step: Step): StepScript | undefined => {
	const { run } = step;
	const script = scriptOf(step);
	if (script !== undefined || run === undefined || /cmd|python|node|perl/.test(shellOf(step) ?? "")) return script;
	return /^(?:[ \t]*[a-z][\w.-]*(?: +[\w./:=@,*-]+)*[ \t]*(?:\r?\n|$))+$/.test(run.text!)
		? parsedScript(step, run)
		: undefined;
});

/** The scripts of all steps. */
export const scriptsOf = (tree: Tree): StepScript[] => stepsOf(tree).flatMap((step) => scriptOf(step) ?? []);

const ASSIGNMENT = /^[A-Za-z_]\w*\+?=/;
const WRAPPERS = new Set(["sudo", "exec", "time", "nohup", "command", "xvfb-run", "env", "nice"]);

/** Name and arguments of a command, without assignments and what only starts it (`sudo -E`, `timeout 60`, `env A=b`). */
export function argumentsOf({ words }: Pick<Command, "words">): Word[] {
	let at = 0;
	const skip = (pattern: RegExp) => {
		while (at < words.length && pattern.test(words[at]!.text)) at += 1;
	};
	skip(ASSIGNMENT);
	for (;;) {
		const name = words[at]?.text ?? "";
		if (WRAPPERS.has(name)) {
			at += 1;
			skip(/^-/);
		} else if (name === "timeout") {
			at += 1;
			skip(/^-/);
			at += 1;
		} else break;
		skip(ASSIGNMENT);
	}
	return words.slice(at);
}

/** A command as it would be typed, without quotes. */
export const typed = (command: Pick<Command, "words">): string =>
	argumentsOf(command)
		.map(({ text }) => text)
		.join(" ");
