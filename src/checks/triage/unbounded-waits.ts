import { BOUND, endlessWaits, type EndlessWait } from "../facts/endless-waits.ts";
import { resetBounds, type Reset } from "../facts/reset-bounds.ts";
import { stalledLoops, type Stalled } from "../facts/stalled-loops.ts";
import type { Found, StaticCheck } from "../triage-check.ts";
import { counted } from "../workflows/model.ts";
import { scriptsOf, type StepScript } from "../workflows/script.ts";

const LOOP = /(?<![\w-])(while|until)\s+([^\n]*?)(?:;|\n)\s*do\b([^]*?)\bdone\b/g;

export default {
	code: "TS223",
	scope: "static",
	severity: "warning",
	question: "Does every loop that waits give up at some time?",
	why: "A service that never comes up keeps the job until GitHub ends it after six hours, without the log that would say why; a script waits for ever.",
	example:
		"`until curl -fs localhost:8000; do sleep 1; done` → `timeout 60 bash -c 'until …; do sleep 1; done' || { docker logs app; exit 1; }`",
	run(tree) {
		return {
			looked: `${counted(tree)}, and loops of code and scripts`,
			findings: [
				...scriptsOf(tree).flatMap(endless),
				...stalledLoops(tree).map(uncounted),
				...endlessWaits(tree).map(inScript),
				...resetBounds(tree).map(anew),
			],
		};
	},
} satisfies StaticCheck;

const inScript = ({ loop, place, helper }: EndlessWait): Found => ({
	message: `${place.path} waits without an end: \`${loop}\``,
	evidence: helper === undefined ? [place] : [place, helper.place],
	fix: {
		say:
			helper === undefined
				? "count the tries, and end with what does not come"
				: `write ${helper.name} with a number of tries, and end with what does not come`,
	},
});

const uncounted = ({ name, bound, place, start }: Stalled): Found => ({
	message: `${place.path} waits in a loop until \`${bound}\`, and nothing in the loop changes ${name}: it never gives up`,
	evidence: [place, start],
	fix: { say: `count ${name} in the loop` },
	severity: "error",
});

const anew = ({ name, what, place, compared }: Reset): Found => ({
	message: `${place.path} ${what === "time" ? "computes" : "sets"} ${name} anew in every turn of a loop that waits until it is reached: it never gives up`,
	evidence: [place, compared],
	fix: { say: `set ${name} once, before the loop` },
	severity: "error",
});

function endless({ text, step, place }: StepScript): Found[] {
	if (step.part.get("timeout-minutes") !== undefined || step.job.part.get("timeout-minutes") !== undefined) return [];
	return [...text.matchAll(LOOP)].flatMap(({ index, 1: keyword, 2: condition, 3: body }): Found[] => {
		const line = text.slice(text.lastIndexOf("\n", index) + 1, index);
		if (
			!/\bsleep\b/.test(body!) ||
			BOUND.test(condition!) ||
			BOUND.test(body!) ||
			/\btimeout\s|#/.test(line) ||
			/\bread\b/.test(condition!)
		)
			return [];
		return [
			{
				message: `step "${step.title}" waits without an end: \`${keyword} ${condition!.trim().slice(0, 60)}\``,
				evidence: [place(index)],
				fix: { say: "count the tries and fail with the log of what does not come, or give the step timeout-minutes" },
			},
		];
	});
}
