import type { QueueFacts } from "../runtime/facts.ts";
import { inQueues, outcome, said } from "../runtime/outcomes.ts";
import type { ControlCheck, Found } from "../triage-check.ts";

export default {
	code: "TR153",
	scope: "runtime",
	looksAt: "control",
	severity: "error",
	question: "Is every queue routed to a build that somebody polls?",
	why: "Temporal hands work to the current version only: live workers of another build get none of it.",
	example:
		"video-processing@cpu is routed to build 1b2c…, which nobody polls → make the build that polls the current version",
	run: (control) =>
		inQueues(control, (queues) => outcome(`the routing of ${queues.length} queues`, queues.flatMap(judged))),
} satisfies ControlCheck;

function judged({ queue, type, routed, pollers }: QueueFacts): Found[] {
	if (routed === null) return [];
	const serving = pollers.filter(({ verdict }) => verdict === "LIVE" || verdict === "BUSY");
	if (serving.some(({ buildId }) => buildId === routed)) return [];
	const builds = [...new Set(serving.map(({ buildId }) => buildId ?? "none"))].join(", ") || "nobody";
	return [
		{
			message: `${queue} (${type}) is routed to build ${routed}, which nobody polls; ${builds} does`,
			evidence: [
				said("control", `current version of ${queue}: build ${routed}`, "temporal"),
				...serving.slice(0, 5).map((one) => said("control", `${one.identity} ${one.verdict}`, "pollers")),
			],
			fix: {
				say: `cres deploy build ${routed} again, or make the build that polls the current version (temporal worker deployment set-current-version)`,
			},
		},
	];
}
