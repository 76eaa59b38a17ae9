import { eventsOf } from "./events.ts";
import type { RuntimeFacts } from "./facts.ts";

const MINUTE_MS = 60_000;

/** What was changed last before a fault was first seen, newest first; of all instances where it is not of one. */
export function whatChanged(facts: RuntimeFacts, instance: string | undefined, firstSeen: string | null): string[] {
	const seen = firstSeen === null ? Infinity : Date.parse(firstSeen);
	const own = facts.instances.filter(({ name }) => instance === undefined || name === instance);
	const events = own
		.flatMap((one) => eventsOf({ ...one, releases: one.releases.slice(-1) }))
		.toSorted((a, b) => b.at - a.at);
	const shown = events.filter(({ at }) => at <= seen + MINUTE_MS).slice(0, instance === undefined ? 3 : 4);
	const drift = own.filter(({ drift: names }) => (names ?? []).length > 0).slice(0, 3);
	return [
		...shown.map(({ at, text }) => `${text} ${ago(at, seen)}`),
		...drift.map(
			({ name, drift: names }) => `${names!.join(", ")} of ${name} changed in cres.yaml or .env since its release`,
		),
	];
}

/** `4 min before`, or the time of day when it is not known when the fault began. */
function ago(at: number, seen: number): string {
	if (seen === Infinity) return `at ${new Date(at).toISOString()}`;
	const minutes = Math.round(Math.abs(seen - at) / MINUTE_MS);
	const words =
		minutes < 120
			? `${minutes} min`
			: minutes < 2_880
				? `${Math.round(minutes / 60)} h`
				: `${Math.round(minutes / 1_440)} days`;
	return at <= seen ? `${words} before` : `${words} after`;
}
