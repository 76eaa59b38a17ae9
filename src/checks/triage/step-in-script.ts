import type { Found, StaticCheck } from "../triage-check.ts";
import { counted, stepsOf, type Step } from "../workflows/model.ts";
import { scriptOf } from "../workflows/script.ts";

const KEY =
	/^\s*- (?:name|uses|run|id|if|with|env):\s|^\s*(?:uses|run|working-directory|continue-on-error|timeout-minutes):(?:\s|$)/;
/** Text for another program, or text about workflows. */
const OTHER = /^\s*(?:#|echo|printf)/;

export default {
	code: "TS204",
	scope: "static",
	severity: "error",
	question: "Is every step a step, and none part of the script before it?",
	why: "A step that is indented too far is valid YAML, but it is text of the script above: it does not run, and the shell fails on its first line.",
	example:
		"`- name: Push` indented like the lines of the `run: |` above it. Move it to the column of the other `- name:`.",
	run(tree) {
		return { looked: counted(tree), findings: stepsOf(tree).flatMap(swallowed) };
	},
} satisfies StaticCheck;

function swallowed(step: Step): Found[] {
	const { run, title } = step;
	if (
		run === undefined ||
		!/^[ \t]*(?:- )?(?:name|uses|run|id|if|with|env|working-directory|continue-on-error|timeout-minutes):/m.test(
			run.text!,
		)
	)
		return [];
	const bodies = (scriptOf(step)?.commands ?? []).flatMap(({ heredoc }) => heredoc ?? []);
	let offset = 0;
	for (const line of run.text!.split("\n")) {
		const at = offset;
		offset += line.length + 1;
		const inBody = bodies.some(({ text, start }) => at >= start && at < start + text.length);
		if (!KEY.test(line) || OTHER.test(line) || inBody || quotedAt(run.text!, at)) continue;
		const key = line.trim();
		return [
			{
				message: `\`${key.slice(0, 60)}\` is text of the script of step "${title}" and no step`,
				evidence: [run.placeIn(at + line.length - line.trimStart().length), run.place],
				fix: {
					say: `indent it as the other keys of the step list: take blanks from the front of \`${key.slice(0, 40)}\` and of what belongs to it`,
				},
			},
		];
	}
	return [];
}

/** Whether an offset stands within quotes, roughly: an odd number of them goes before. */
const quotedAt = (text: string, at: number): boolean =>
	["'", '"'].some((quote) => text.slice(0, at).split(quote).length % 2 === 0);
