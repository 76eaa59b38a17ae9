import { eventsOf, type Event } from "../runtime/events.ts";
import type { QueueFacts, RuntimeFacts } from "../runtime/facts.ts";
import type { TriageReport } from "../triage-report.ts";
import { table, text, time } from "./elements.ts";

/** Events that the page shows, the newest of all. */
const MOST_EVENTS = 200;

/** What happened to the instances, and when what was found was seen, the newest first. */
export function timeline({ instances }: RuntimeFacts, { findings }: TriageReport): string {
	const seen = findings.flatMap(({ code, instance, message, evidence }): Event[] => {
		const times = evidence.flatMap((one) => ("host" in one && one.at !== undefined ? [Date.parse(one.at)] : []));
		const known = times.filter((at) => !Number.isNaN(at));
		const on = instance === undefined ? "" : ` on ${instance}`;
		return known.length === 0 ? [] : [{ at: Math.min(...known), text: `${code}${on}: ${message}` }];
	});
	const events = [...instances.flatMap(eventsOf), ...seen].toSorted((a, b) => b.at - a.at).slice(0, MOST_EVENTS);
	return table(
		"timeline",
		"Timeline",
		"Releases, endpoints, containers, commits, and when what was found was first seen; the newest first",
		["when", "what"],
		events.map((event) => `<tr><th scope="row">${time(event.at)}</th><td>${text(event.text)}</td></tr>`),
	);
}

/** Who polls which queue, by what Temporal said. */
export const pollerTable = ({ control: { queues } }: RuntimeFacts): string =>
	table(
		"pollers",
		"Pollers",
		"Each queue as Temporal told it: its pollers, the build that new work is routed to, the tasks that wait",
		["queue", "type", "routed to", "waiting", "poller", "build", "last seen", "verdict"],
		queues.flatMap(rowsOf),
	);

function rowsOf({ queue, type, routed, backlog, pollers }: QueueFacts): string[] {
	const own = `<th scope="row">${text(queue)}</th><td>${type}</td><td>${text(routed ?? "whoever polls")}</td><td>${backlog.count}</td>`;
	if (pollers.length === 0) return [`<tr>${own}<td colspan="4" class="error">nobody polls</td></tr>`];
	return pollers.map(({ identity, buildId, lastSeenMs, verdict }) => {
		const dead = verdict === "STALE" || verdict === "GONE" ? "warning" : "ok";
		return `<tr>${own}<td>${text(identity)}</td><td>${text(buildId ?? "none")}</td><td>${time(lastSeenMs)}</td><td class="${dead}">${verdict}</td></tr>`;
	});
}
