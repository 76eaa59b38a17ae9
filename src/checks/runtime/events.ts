import type { InstanceFacts } from "./facts.ts";

/** Something that happened to an instance. */
export interface Event {
	/** Milliseconds since the epoch. */
	at: number;
	text: string;
}

/** What is known to have happened to an instance: its releases, its endpoint, its container, the commit that it runs. */
export function eventsOf({ name, releases, endpoint, inside, container }: InstanceFacts): Event[] {
	const events = releases.map(({ at, id, buildId, outcome }) => ({
		at: Date.parse(at),
		text: `release ${id} (build ${buildId}) of ${name} ended ${outcome}`,
	}));
	const since = endpoint?.since ?? null;
	if (since !== null) events.push({ at: Date.parse(since), text: `the endpoint of ${name} became ${endpoint!.at}` });
	if (container) events.push({ at: Date.parse(container.since), text: `the container of ${name} was started` });
	const build = inside?.build;
	if (build) {
		const text = `commit ${build.revision.slice(0, 12)}, which runs on ${name}, was made`;
		events.push({ at: Date.parse(build.created), text });
	}
	return events.filter(({ at }) => !Number.isNaN(at));
}
