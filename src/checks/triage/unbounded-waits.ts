import { stuckCounters, type StuckCounter } from "../calls/stuck-counters.ts";
import { standingOf } from "../facts/standing.ts";
import { stuckLoops, type StuckLoop } from "../facts/stuck-loops.ts";
import { shellTexts } from "../shell/everywhere.ts";
import { isAside } from "../tree/aside.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import type { FilePlace, Found, StaticCheck } from "../triage-check.ts";
import { counted } from "../workflows/model.ts";
import { scriptsOf, type StepScript } from "../workflows/script.ts";

const LOOP = /(?<![\w-])(while|until)\s+([^\n]*?)(?:;|\n)\s*do\b([^]*?)\bdone\b/g;
const BOUND = /\(\(|-(?:ge|gt|lt|le|eq|ne)\b|SECONDS|\bbreak\b|\bexit\b|\breturn\b|timeout|date \+%s|\+\+/;

export default {
	code: "TS223",
	scope: "static",
	severity: "warning",
	question: "Does every loop that waits give up at some time?",
	why: "A service that never comes up keeps the job until GitHub ends it after six hours, without the log that would say why; a script waits for ever.",
	example:
		"`until curl -fs localhost:8000; do sleep 1; done` → `timeout 60 bash -c 'until …; do sleep 1; done' || { docker logs app; exit 1; }`",
	run(tree) {
		const findings = [...scriptsOf(tree).flatMap(endless), ...stuckLoops(tree).map(stuck), ...uncounted(tree)];
		return { looked: counted(tree), findings };
	},
} satisfies StaticCheck;

/** Loops that give up by a counter which nothing counts. */
function uncounted(tree: Tree): Found[] {
	const texts = shellTexts(tree).filter(({ kind, file }) => (kind === "script" || kind === "step") && isLive(file));
	const code = tree.in("python", "powershell", "javascript").filter(isLive);
	return [
		...texts.flatMap(({ text, place }) => stuckCounters(text, "shell").map((one) => neverGivesUp(one, place))),
		...code.flatMap((file) =>
			stuckCounters(file.text, file.language as "python").map((one) => neverGivesUp(one, (at) => file.placeAt(at))),
		),
	];
}

const isLive = ({ path }: SourceFile): boolean => standingOf(path) === "live" && !isAside(path);

const neverGivesUp = ({ name, at, comparedAt }: StuckCounter, placeAt: (at: number) => FilePlace): Found => ({
	message: `${placeAt(at).path} waits without an end: the loop gives up by ${name}, which nothing counts`,
	evidence: [placeAt(comparedAt), placeAt(at)],
	fix: { say: `count ${name} in the loop, before or behind the wait` },
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

const stuck = ({ condition, names, place }: StuckLoop): Found => ({
	message: `${place.path} waits while \`${condition}\`, and the loop never changes ${names.join(" or ")}: it does not give up`,
	evidence: [place],
	fix: { say: `count the tries in the loop: change ${names[0]!} before it sleeps` },
});
