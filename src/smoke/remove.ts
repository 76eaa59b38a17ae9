import { keysBelow, removeBelow, smokePrefix } from "./objects.ts";
import type { Thing } from "./engine.ts";
import type { World } from "./world.ts";

const PAUSE_MS = 100;

type Left = Pick<World, "id" | "name" | "engine" | "dependencies">;

/** Removes all that a smoke test has made, in an order in which a kill on the way leaves a label to find the rest by. */
export async function removeAll(world: Left, signal: AbortSignal): Promise<string> {
	const { engine, id, name, dependencies } = world;
	const things = await engine.things(id);
	const remove = async (kind: Thing["kind"]): Promise<number> => {
		const some = things.filter((thing) => thing.kind === kind);
		await Promise.all(some.map((thing) => engine.remove(thing)));
		return some.length;
	};
	const containers = await remove("container");
	const objects = dependencies?.shared ? await forget(dependencies, { id, name }, signal) : 0;
	const networks = await remove("network");
	const stored = dependencies?.shared ? `, ${objects} objects and the job` : "";
	return `removed ${containers} containers, ${networks} network${stored}`;
}

/** Removes until there is nothing twice in a row: what was just made appears in a list a moment later. */
export async function removeWhole(world: Pick<World, "ports"> & Left, signal: AbortSignal): Promise<void> {
	for (let empty = 0; ; await world.ports.clock.sleep(PAUSE_MS, signal)) {
		await removeAll(world, signal);
		empty = (await world.engine.things(world.id)).length === 0 ? empty + 1 : 0;
		if (empty === 2) return;
	}
}

/** Takes out of Temporal and the store what a smoke test has put in. Returns how many objects it were. */
export async function forget(
	{ temporal, s3 }: Pick<NonNullable<World["dependencies"]>, "temporal" | "s3">,
	{ id, name }: Pick<World, "id" | "name">,
	signal: AbortSignal,
): Promise<number> {
	await temporal.deleteJob(name);
	return removeBelow(s3, smokePrefix(id), signal);
}

/** What is there all the same. */
export async function remains(world: Left, signal: AbortSignal): Promise<string[]> {
	const { engine, id, name, dependencies } = world;
	const things = (await engine.things(id)).map((thing) => `${thing.kind} ${thing.name}`);
	if (!dependencies?.shared) return things;
	const { temporal, s3 } = dependencies;
	const keys = await keysBelow(s3, smokePrefix(id), signal);
	const job = await temporal.findJob(name);
	const isRunning = job?.status === "running";
	return [...things, ...keys.map((key) => `object ${key}`), ...(isRunning ? [`job ${name}`] : [])];
}
