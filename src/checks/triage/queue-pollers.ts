import type { QueueFacts } from "../runtime/facts.ts";
import { inQueues, outcome, said } from "../runtime/outcomes.ts";
import type { ControlCheck, Found } from "../triage-check.ts";

export default {
	code: "TR151",
	scope: "runtime",
	looksAt: "control",
	severity: "error",
	question: "Does a live worker poll every queue, for each type of task?",
	why: "Work on a queue that nobody polls waits for ever, and nothing says so.",
	example: "no worker polls video-processing@gpu for activities → cres status",
	run: (control) => inQueues(control, (queues) => outcome(`${queues.length} queues`, queues.flatMap(judged))),
} satisfies ControlCheck;

function judged(queue: QueueFacts): Found[] {
	const { pollers, backlog, type } = queue;
	const named = `${queue.queue} (${type} tasks)`;
	const waits =
		backlog.count > 0 ? `; ${backlog.count} tasks wait, the oldest for ${Math.round(backlog.ageMs / 1000)} s` : "";
	const live = pollers.filter(({ verdict }) => verdict === "LIVE");
	const busy = pollers.filter(({ verdict }) => verdict === "BUSY");
	const stale = pollers.filter(({ verdict }) => verdict === "STALE");
	const rows = pollers
		.slice(0, 5)
		.map((one) => said("control", `${one.identity} ${one.verdict}`, "pollers", new Date(one.lastSeenMs).toISOString()));
	const evidence = [
		said("control", `${named}: ${live.length} LIVE, ${busy.length} BUSY, ${stale.length} STALE${waits}`, "temporal"),
		...rows,
	] as const;
	if (live.length + busy.length === 0)
		return [
			{
				message: stale.length > 0 ? `only STALE workers are left on ${named}` : `no worker polls ${named}`,
				evidence,
				fix: { say: "cres status shows which instance should; cres start or cres deploy it" },
			},
		];
	if (live.length === 0 && backlog.count > 0)
		return [
			{
				message: `every worker on ${named} is BUSY while ${backlog.count} tasks wait`,
				evidence,
				fix: {
					say: "another instance with that role, or more activities at once (WORKER_CPU_THREADS, WORKER_GPU_THREADS)",
				},
				severity: "warning",
			},
		];
	return [];
}
