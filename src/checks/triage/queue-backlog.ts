import type { QueueFacts } from "../runtime/facts.ts";
import { inQueues, outcome, said } from "../runtime/outcomes.ts";
import type { ControlCheck, Found } from "../triage-check.ts";

const OLD_MS = 5 * 60_000;
/** A second's worth of chance is no growth. */
const SOME = 10;

export default {
	code: "TR152",
	scope: "runtime",
	looksAt: "control",
	severity: "warning",
	question: "Is work taken from the queues as fast as it comes?",
	why: "A backlog that grows is too few workers, or workers that take work and do not do it.",
	example: "the backlog of video-processing@gpu grows: 3.1 tasks/s come, 0.4 are taken → another instance",
	run: (control) =>
		inQueues(control, (queues) => outcome(`the backlog of ${queues.length} queues`, queues.flatMap(judged))),
} satisfies ControlCheck;

function judged({ queue, type, backlog, pollers }: QueueFacts): Found[] {
	const { count, ageMs, addRate, dispatchRate } = backlog;
	const serving = pollers.filter(({ verdict }) => verdict === "LIVE" || verdict === "BUSY");
	const grows = addRate !== null && dispatchRate !== null && count >= SOME && addRate > dispatchRate * 1.2;
	const isOld = count > 0 && ageMs > OLD_MS;
	if (serving.length === 0 || (!grows && !isOld)) return []; // without a worker another check says so
	const rates = grows ? `: ${addRate.toFixed(1)} tasks/s come, ${dispatchRate.toFixed(1)} are taken` : "";
	const age = Math.round(ageMs / 60_000);
	return [
		{
			message: grows
				? `the backlog of ${queue} (${type}) grows${rates}`
				: `tasks wait on ${queue} (${type}) for ${age} min although ${serving.length} workers poll it`,
			evidence: [
				said("control", `${count} tasks wait, the oldest for ${Math.round(ageMs / 1000)} s${rates}`, "temporal"),
				...serving.slice(0, 3).map((one) => said("control", `${one.identity} ${one.verdict}`, "pollers")),
			],
			fix: { say: "cres jobs list shows what waits; another instance with that role, or more activities at once" },
		},
	];
}
