import { parseIdentity } from "../../contracts/identity.ts";
import { inQueues, outcome, said } from "../runtime/outcomes.ts";
import type { ControlCheck, Found } from "../triage-check.ts";
import type { QueueFacts } from "../runtime/facts.ts";

type Poller = QueueFacts["pollers"][number];

export default {
	code: "TR154",
	scope: "runtime",
	looksAt: "control",
	severity: "error",
	question: "Are all workers on our queues those of our instances?",
	why: "A worker that nobody knows takes work with old code, or with none of our settings; jobs then fail one time in two.",
	example: "4711@laptop polls video-processing@cpu, and is no worker of an instance → end it",
	run: (control) =>
		inQueues(control, (queues) =>
			outcome(`the workers on ${queues.length} queues`, [...strangers(queues, control.instances), ...twins(queues)]),
		),
} satisfies ControlCheck;

function strangers(queues: readonly QueueFacts[], instances: readonly string[]): Found[] {
	const found = new Map<string, Found>();
	for (const { queue, pollers } of queues)
		for (const poller of pollers.filter(({ verdict }) => verdict === "LIVE" || verdict === "BUSY")) {
			const why = fault(poller, instances);
			if (why !== undefined && !found.has(poller.identity)) found.set(poller.identity, stranger(poller, queue, why));
		}
	return [...found.values()];
}

function fault({ identity }: Poller, instances: readonly string[]): string | undefined {
	const parsed = parseIdentity(identity);
	if (!parsed) return "is no worker of our images";
	return instances.includes(parsed.instance) ? undefined : `is of ${parsed.instance}, which is not in cres.yaml`;
}

const stranger = (poller: Poller, queue: string, why: string): Found => ({
	message: `${poller.identity} polls ${queue}, but ${why}`,
	evidence: [
		said("control", `${poller.identity} ${poller.verdict}`, "pollers", new Date(poller.lastSeenMs).toISOString()),
	],
	fix: {
		say: "end that worker, or add its instance: cres instance list shows contracts that are ours and not in cres.yaml",
	},
});

/** Two containers of one instance that both take work: an old one survived its rollout. */
function twins(queues: readonly QueueFacts[]): Found[] {
	return queues.flatMap(({ queue, type, pollers }) => {
		const live = pollers.filter(({ verdict, identity }) => verdict === "LIVE" && parseIdentity(identity));
		const byInstance = Map.groupBy(live, ({ identity }) => parseIdentity(identity)!.instance);
		return [...byInstance].flatMap(([instance, own]): Found[] => {
			if (new Set(own.map(({ identity }) => identity)).size < 2 || type === "workflow") return [];
			return [
				{
					message: `${own.length} containers of ${instance} poll ${queue} at the same time`,
					evidence: own.map(({ identity, lastSeenMs }) =>
						said("control", identity, "pollers", new Date(lastSeenMs).toISOString()),
					) as unknown as Found["evidence"],
					fix: { say: `cres status ${instance}, then cres deploy ${instance} removes the one that is left over` },
					severity: "warning",
				},
			];
		});
	});
}
