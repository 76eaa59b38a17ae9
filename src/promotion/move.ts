import { UserError, hasCode } from "../errors/errors.ts";
import { asUserError } from "../errors/as-user-error.ts";
import type { Digest } from "../registry/image-reference.ts";
import type { Registry } from "../registry/registry.ts";
import type { Look, Standing, TaggedManifest } from "../registry/tagging.ts";
import type { Clock } from "../system/clock.ts";
import { channelMoved, standsText } from "./channel.ts";

/** One change of a channel. */
interface Move {
	repository: string;
	channel: string;
	/** What it resolved to when the promotion began; null: to nothing. */
	from: Digest | null;
	to: Digest;
	manifest: TaggedManifest;
}

interface Moved {
	/** False: the write took so long that a promotion by another machine in between would not be known. */
	sure: boolean;
}

interface MovePorts {
	registry: Registry;
	clock: Clock;
	signal: AbortSignal;
}

/** Whether the channel was moved, or still resolves to what was written, is not known. */
export class Uncertain extends UserError {}

/** What every promotion waits at least before it looks again, in milliseconds. */
const LEAST_SETTLE_MS = 100;
const MOST_SETTLE_MS = 2_000;
/** Waits for others that are so much slower than this machine, counted in answers of the registry. */
const SLOWER = 4;

/**
 * Lets a channel resolve to `to`, and verifies that it does. A registry has no compare-and-set for tags. So it is
 * compared right before the write, and read again after a time in which every other promotion that had compared before
 * the write has written too: of two at the same time, the one that is overwritten sees it.
 * @throws UserError channel_moved (busy) when somebody else moved it; those of the registry, which say what stands, as
 * Uncertain where nobody knows
 */
export async function moveChannel(ports: MovePorts, move: Move): Promise<Moved> {
	const timing = { slowest: 0, lookedAt: 0 };
	const written = await write(ports, move, timing).catch((error: unknown) => afterFailure(ports, move, error));
	const windowMs = performance.now() - timing.lookedAt;
	const settleMs = Math.min(MOST_SETTLE_MS, Math.max(LEAST_SETTLE_MS, SLOWER * timing.slowest));
	const seen = await lookAgain(ports, move, written, settleMs);
	if (seen?.digest !== move.to) throw overtaken(move, seen, written);
	return { sure: windowMs <= settleMs };
}

/** What stands when every other promotion that may have overwritten this one has done so. */
async function lookAgain(
	{ registry, clock, signal }: MovePorts,
	{ repository, channel }: Move,
	written: boolean,
	settleMs: number,
) {
	try {
		await clock.sleep(written ? settleMs : 0, signal);
		return await registry.standing(repository, channel);
	} catch (error) {
		const why = signal.aborted ? signal.reason : error;
		if (!written) throw told(why, `${channel} was not moved from here: cres channels`);
		throw told(why, `${channel} was moved, which could not be verified: cres channels`, Uncertain);
	}
}

/** False when the registry itself saw that something else stands there. */
async function write(
	{ registry }: MovePorts,
	{ repository, channel, from, to, manifest }: Move,
	timing: { slowest: number; lookedAt: number },
): Promise<boolean> {
	let tries = 0;
	const look: Look = async () => {
		timing.lookedAt = performance.now();
		const seen = await registry.standing(repository, channel);
		timing.slowest = Math.max(timing.slowest, performance.now() - timing.lookedAt);
		tries++;
		if (seen?.digest === to && tries > 1) return "there"; // the try before took effect although it failed
		if ((seen?.digest ?? null) === from) return seen;
		throw channelMoved(
			channel,
			seen?.digest ?? null,
			`somebody else moved it from ${from ?? "nothing"} meanwhile; nothing was changed`,
		);
	};
	return registry.moveTag(repository, channel, manifest, look);
}

/** A write whose answer was lost may have taken effect: what stands now decides. */
async function afterFailure({ registry }: MovePorts, move: Move, error: unknown): Promise<boolean> {
	if (hasCode(error, "channel_moved")) throw error;
	const { repository, channel, from, to } = move;
	const now = await registry.standing(repository, channel).catch(() => {
		throw told(error, `whether ${channel} was moved is not known: cres channels`, Uncertain);
	});
	if (now?.digest === to) return true;
	if ((now?.digest ?? null) === from) throw told(error, `${standsText(channel, from)} as before`);
	throw told(error, `${standsText(channel, now?.digest ?? null)}: somebody else moved it meanwhile`);
}

/** A failure with what is known of the channel; a bug as it is. */
function told(error: unknown, what: string, Kind = UserError): unknown {
	const failure = asUserError(error);
	if (!failure) return error;
	const { code, message, hint } = failure;
	return new Kind(code, `${message}; ${what}`, { ...(hint === undefined ? {} : { hint }), cause: failure });
}

function overtaken({ channel, to }: Move, seen: Standing | undefined, written: boolean): UserError {
	const meaning = written
		? `somebody else promoted it at the same time, and ${to} does not stand`
		: "somebody else moved it meanwhile; nothing was changed";
	return channelMoved(channel, seen?.digest ?? null, meaning);
}
