import { LABEL } from "../contracts/labels.ts";
import { messageOf } from "../errors/errors.ts";
import type { Processes } from "../system/processes.ts";
import type { Engine, Thing } from "./engine.ts";
import { ownerOf, type Owner } from "./owner.ts";

/** Longer than any smoke test takes. */
const ABANDONED_MS = 3_600_000;
/** What --keep has kept may be looked at for so long. */
const KEPT_MS = 24 * ABANDONED_MS;

interface Seen {
	/** This machine, as Owner has it. */
	host: string;
	/** The daemon's time, milliseconds since the epoch. */
	now: number;
	/** Whether the very process of an owner on this machine still runs. */
	runs: (owner: Owner) => boolean;
}

/**
 * What earlier smoke tests have left: on this machine those whose process is gone, of other machines, and where nobody
 * knows, what is older than an hour by the daemon's clock; what was kept on purpose after a day.
 */
const leftovers = (things: readonly Thing[], { host, now, runs }: Seen): Thing[] =>
	things.filter(({ labels, createdAt }) => {
		const owner = ownerOf(labels);
		const age = now - createdAt;
		if (owner?.keep) return age > KEPT_MS;
		return owner?.host === host && owner.startedAt !== null ? !runs(owner) : age > ABANDONED_MS;
	});

export interface ReapPorts {
	engine: Engine;
	processes: Pick<Processes, "find">;
	/** Who reaps. */
	owner: Owner;
	/** Removes what a smoke test of that id has left in the Temporal and the store of this owner's place. */
	forget: (id: string) => Promise<void>;
	note: (text: string) => void;
}

/**
 * Removes what earlier smoke tests have left, never what one that runs has made. What cannot be removed is told and stays.
 * The network stays as the label to find the rest by: until what was stored is forgotten, or for whoever uses its place.
 */
export async function reap({ engine, processes, owner: { host, place }, forget, note }: ReapPorts): Promise<string[]> {
	const [things, { now }] = await Promise.all([engine.things(), engine.facts()]);
	const live = new Set<string>();
	for (const { labels } of things) {
		const owner = ownerOf(labels);
		if (owner?.host !== host || live.has(keyOf(owner))) continue;
		if ((await processes.find(owner.pid))?.startedAt === owner.startedAt) live.add(keyOf(owner));
	}
	const left = leftovers(things, { host, now, runs: (owner) => live.has(keyOf(owner)) });
	const failed = (what: string) => (error: unknown) =>
		note(`${what} is left of an earlier smoke test: ${messageOf(error)}`);
	const remove = async (things: readonly Thing[], kind: Thing["kind"]): Promise<void> => {
		for (const thing of things.filter((one) => one.kind === kind)) await engine.remove(thing).catch(failed(thing.name));
	};
	// What is stored goes when nobody stores any more, and the last thing that names the smoke test at the end.
	await remove(left, "container");
	const stored = left.filter(({ labels }) => ownerOf(labels)?.against === "rehearsal");
	const kept = new Set(idsOf(stored));
	for (const id of idsOf(stored.filter(({ labels }) => ownerOf(labels)?.place === place)))
		await forget(id).then(() => kept.delete(id), failed(`what smoke test ${id} stored`));
	const done = left.filter(({ labels }) => !kept.has(labels[LABEL.smoke] ?? ""));
	await remove(done, "network");
	return idsOf(done);
}

const keyOf = ({ pid, startedAt }: Owner): string => `${pid} ${startedAt}`;

const idsOf = (things: readonly Thing[]): string[] => [
	...new Set(things.map(({ labels }) => labels[LABEL.smoke] ?? "")),
];
