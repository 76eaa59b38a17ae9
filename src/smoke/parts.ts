import { redact } from "../secrets/secret.ts";
import type { SeenContainer } from "./engine.ts";
import type { World } from "./world.ts";

/** Lines of a log that name why a container ended. */
const TAIL = 5;
/** Characters that are shown of each end of a line. */
const LINE = 200;

type Running = Pick<World, "engine" | "parts">;

/** One line for each dependency whose container does not run. */
export const endedParts = (world: Running): Promise<string[]> => partsWhere(world, (state) => state !== "running");

/** State and last words of dependencies that were never ready: of those that have ended, else of all. */
export async function silentParts(world: Running): Promise<string[]> {
	const ended = await endedParts(world);
	return ended.length > 0 ? ended : partsWhere(world, () => true);
}

async function partsWhere(world: Running, isWanted: (state: string | undefined) => boolean): Promise<string[]> {
	const looks = Object.entries(world.parts).map(async ([part, id]) => {
		const seen = await world.engine.container(id);
		return isWanted(seen?.state) ? [await wordsOf(world, part, seen)] : [];
	});
	return (await Promise.all(looks)).flat();
}

/** How a dependency's container is, and the end of its log. */
export async function wordsOf(
	{ engine }: Pick<World, "engine">,
	part: string,
	seen: SeenContainer | undefined,
): Promise<string> {
	if (!seen) return `the container of ${part} is gone`;
	const lines = await engine.log(seen.id, TAIL);
	const log = redact(lines.join("\n")).split("\n").map(ends).join("\n").trim();
	const memory = seen.outOfMemory ? ", out of memory" : "";
	const end = seen.state === "running" ? "" : ` with exit code ${seen.exitCode}${memory}`;
	const state = `the container of ${part} is ${seen.state}${end}`;
	return log === "" ? `${state}; it said nothing` : `${state}; its last words:\n${log}`;
}

/** The cause stands at an end of a long line. */
const ends = (line: string): string =>
	line.length <= 2 * LINE ? line : `${line.slice(0, LINE)} … ${line.slice(-LINE)}`;
