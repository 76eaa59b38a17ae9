import { fail, type Verdict } from "../checks/doctor/check.ts";
import { hasCode } from "../errors/errors.ts";
import { seconds } from "../system/text.ts";
import type { RungCall } from "./rung.ts";
import { endOf, type World } from "./world.ts";

/** Left for saying what was seen last. */
const MARGIN_MS = 500;

/** What a look has seen: the verdict, or why there is none yet. */
export type Look = Verdict | { pending: string };

/**
 * Looks again and again until there is a verdict, the container under test has ended, or the time is over. A Temporal
 * that does not answer is waited for. Times in milliseconds.
 */
export async function until(
	world: World,
	{ signal, limitMs, report }: RungCall,
	{ everyMs, fix, look }: { everyMs: number; fix: string; look: () => Promise<Look> },
): Promise<Verdict> {
	const { clock } = world.ports;
	const started = clock.now();
	for (;;) {
		const seen = await look().catch(pendingWhileSilent);
		if ("status" in seen) return seen;
		const end = await endOf(world);
		if (end !== undefined) return fail(`${end}; ${seen.pending}`, fix);
		report(seen.pending);
		if (clock.now() - started >= limitMs - MARGIN_MS) return fail(`after ${seconds(limitMs)}: ${seen.pending}`, fix);
		await clock.sleep(everyMs, signal);
	}
}

/** A Temporal that is silent for a moment says nothing of the image. */
function pendingWhileSilent(error: unknown): Look {
	if (!hasCode(error, "temporal_unreachable")) throw error;
	return { pending: error.message };
}
