import fc from "fast-check";
import { type Parser, piecesOf, property, slowness } from "./parser.ts";

/** Runs of one batch: short enough to keep to the time. */
const BATCH = 200;

/**
 * Repeats pieces first, for the time that they take, then reads texts for `ms` milliseconds, one batch at least: how
 * long the pieces took does not count. `fault`: what is wrong, empty: nothing.
 */
export async function fuzzed(
	parser: Parser,
	{ ms, seed: first }: { ms: number; seed: number },
): Promise<{ executions: number; fault: string }> {
	let [executions, fault] = [0, ""];
	for (const piece of piecesOf(parser)) fault ||= (await slowness(parser, piece)) ?? "";
	const end = performance.now() + ms;
	for (let seed = first; fault === "" && (executions === 0 || performance.now() < end); seed++) {
		const details = await fc.check(property(parser), { seed, numRuns: BATCH });
		executions += details.numRuns;
		if (details.failed)
			fault = `seed ${seed}: ${JSON.stringify(details.counterexample)} ${String(details.errorInstance)}`;
	}
	return { executions, fault };
}
