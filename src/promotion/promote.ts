import type { Attested } from "../attest/attested.ts";
import { UserError, hasCode } from "../errors/errors.ts";
import { gathered } from "../errors/gathered.ts";
import { isDigest, type Digest } from "../registry/image-reference.ts";
import type { Registry } from "../registry/registry.ts";
import { describeImage, type ReleaseImage } from "../registry/release-image.ts";
import type { TaggedManifest } from "../registry/tagging.ts";
import { claimOf } from "../state/claim.ts";
import { sharedLock } from "../state/directory.ts";
import type { Lock } from "../state/held-lock.ts";
import { rolloutId } from "../state/journal.ts";
import { withLock } from "../state/lock.ts";
import { assertChannel, channelMoved, expectedDigest, sourceReference } from "./channel.ts";
import { moveChannel, Uncertain } from "./move.ts";
import type { PromotionPorts } from "./ports.ts";
import type { Promotion } from "./promotion.ts";
import { openRecord, type PromotionLog } from "./record.ts";
import { attestedFor } from "./undo.ts";

export interface PromoteOptions {
	/** Digest, build id or channel. */
	source: string;
	channel: string;
	/** What the channel must resolve to, or `none`; undefined: anything. */
	expect: string | undefined;
	/** Only say what would be done. */
	dryRun: boolean;
}

/**
 * Lets a channel resolve to a digest with a valid attestation: re-tags it in the registry, without pulling or building.
 * On this machine one promotion of a channel goes on at a time.
 * @throws UserError unknown_channel, image_reference, invalid_digest (usage), image_missing, channel_moved (busy),
 * attestation_… , unrecorded, and those of the registry
 */
export async function promote(ports: PromotionPorts, options: PromoteOptions): Promise<Promotion> {
	const { config, clock } = ports;
	const started = clock.now();
	assertChannel(config, options.channel);
	const wanted = { reference: sourceReference(config, options.source), expected: expectedOf(options) };
	const work = async (lock?: Lock) => {
		const seen = await observe(ports, options.channel, wanted.reference);
		assertExpected(options.channel, seen.from, wanted.expected);
		const planned = promotionOf(options.channel, seen);
		if (planned.outcome === "unchanged" || !lock) return planned;
		return apply(ports, seen, planned, lock);
	};
	const lock = sharedLock(config.root, `channel-${options.channel}`);
	const done = options.dryRun ? await work() : await withLock(lock, work, { clock, subject: options.channel });
	return { ...done, durationMs: clock.now() - started };
}

const expectedOf = ({ expect }: PromoteOptions) => (expect === undefined ? undefined : expectedDigest(expect));

/** What is promoted, and what stands. */
interface Seen {
	registry: Registry;
	image: ReleaseImage;
	manifest: TaggedManifest;
	attested: Attested;
	from: Digest | null;
}

/** Everything that can be known before the change; all failures are reported together. */
async function observe(ports: PromotionPorts, channel: string, reference: string): Promise<Seen> {
	const { repository } = ports.config.image;
	const registry = await ports.registry();
	const imaging = imageOf(registry, repository, reference);
	const standing = registry.standing(repository, channel);
	const attestationOf = (digest: Digest) => attestedFor(ports, { channel, digest, standing });
	const early = isDigest(reference) ? attestationOf(reference) : undefined;
	early?.catch(() => {}); // an image that is not there is told alone
	const attesting = imaging.then(({ image }) =>
		early && image.digest === reference ? early : attestationOf(image.digest),
	);
	const [{ image, manifest }, attested, stands] = await gathered([imaging, attesting, standing]);
	return { registry, image, manifest, attested, from: stands?.digest ?? null };
}

/** @throws UserError image_missing */
async function imageOf(registry: Registry, repository: string, reference: string) {
	const [image, named] = await Promise.all([
		describeImage(registry, repository, reference),
		registry.manifest(repository, reference),
	]);
	const isIt = named?.digest === image?.digest; // else it is an index that lists the image
	const manifest = isIt ? named : image && (await registry.manifest(repository, image.digest));
	if (image && manifest) return { image, manifest };
	throw new UserError("image_missing", `${registry.address} has no ${repository} ${reference}`, {
		hint: "cres channels shows what the channels resolve to; cres build --push pushes an image",
	});
}

/** @param expected null: nothing; undefined: anything. @throws UserError channel_moved (busy) */
function assertExpected(channel: string, seen: Digest | null, expected: Digest | null | undefined): void {
	if (expected === undefined || expected === seen) return;
	throw channelMoved(channel, seen, `--expect ${expected ?? "none"} does not hold; nothing was changed`);
}

function promotionOf(channel: string, { image, attested, from }: Seen): Promotion {
	const { keyId, signedAt, predicateType } = attested;
	const isThere = from === image.digest;
	return {
		...{ channel, outcome: isThere ? "unchanged" : "planned", digest: image.digest, buildId: image.buildId },
		...{ previous: from, attestation: { keyId, signedAt, predicateType }, by: null, sure: true },
		...{ undo: null, durationMs: 0 },
	};
}

/** Records it, moves the channel, and records how that ended. */
async function apply(ports: PromotionPorts, seen: Seen, planned: Promotion, lock: Lock): Promise<Promotion> {
	const { config, clock, signal, progress } = ports;
	const { channel, digest, previous } = planned;
	const { repository } = config.image;
	const by = claimOf("promote", clock).owner;
	const undo = undoOf(planned);
	const log = await openRecord(ports, { ...planned, by, undo }, rolloutId(clock.now(), lock.token));
	const move = { repository, channel, from: previous, to: digest, manifest: seen.manifest };
	const moved = await progress
		.step(`move ${channel} to ${planned.buildId}`, () => moveChannel({ registry: seen.registry, clock, signal }, move))
		.catch((error: unknown) => failed(log, error));
	const done: Promotion = { ...planned, outcome: "promoted", by, ...moved, undo };
	await log.promoted(done, seen.attested);
	return done;
}

async function failed(log: PromotionLog, error: unknown): Promise<never> {
	if (error instanceof Uncertain) await log.failed("unknown");
	else await log.failed(hasCode(error, "channel_moved") ? "lost" : "failed");
	throw error;
}

/** Undoes this promotion and no later one. */
const undoOf = ({ channel, digest, previous }: Promotion): string | null =>
	previous === null ? null : `cres promote ${previous} ${channel} --expect ${digest}`;
