import { UserError, messageOf } from "../errors/errors.ts";
import { asUserError } from "../errors/as-user-error.ts";
import type { Digest } from "../registry/image-reference.ts";
import type { Registry } from "../registry/registry.ts";
import { Needs, namedDigests, recordedNeeds, releasedDigests, type Records } from "./needs.ts";
import type { PrunePorts } from "./ports.ts";
import { readImageRecords } from "./records.ts";
import { addRunning } from "./running.ts";
import { readStored, type Stored } from "./stored.ts";

const LOOKS = 5;
const LOOK_EVERY_MS = 500;

/** An image that goes. */
interface GoingImage {
	digest: Digest;
	buildId: string;
	/** They go with it. */
	tags: string[];
	/** Of layers that no other image of the repository has, as they travel. */
	bytes: number;
}

/** What `cres prune registry` returns under --json. */
export interface RegistryPrune {
	/** `host/repository` */
	repository: string;
	/** `unchanged`: nothing is to go, or the operator said no. */
	outcome: "planned" | "pruned" | "unchanged";
	going: GoingImage[];
	kept: { digest: Digest; buildId: string; reasons: string[] }[];
	/** Of all that goes. */
	bytes: number;
}

/** `b-…` and `inputs-…` are tags that a build made: they go with its image. */
const OF_BUILDS = /^(?:b|inputs)-/;
/** Attestations of a digest where the registry has no referrers API (distribution-spec, "Referrers Tag Schema"). */
const FALLBACK = /^sha256-[0-9a-f]{64}/;

/**
 * What may go: images that the records of this machine name and nobody needs. Every instance of cres.yaml is asked.
 * @throws UserError when an instance cannot be asked, lease_held while one is changed, and those of the registry
 */
export async function planRegistryPrune(ports: PrunePorts, keep: number): Promise<RegistryPrune> {
	const { config } = ports;
	const { repository } = config.image;
	const registry = await ports.registry();
	const records = await readImageRecords(config);
	const named = namedDigests(records, repository);
	const stored = await readStored(registry, repository, named.keys());
	const there = [...named].filter(([digest]) => stored.has(digest)).map(([digest, buildId]) => ({ digest, buildId }));
	const needs = new Needs();
	addStored(needs, stored.values(), channelsOf(ports, records));
	recordedNeeds(needs, records, { keep, repository });
	await addRunning(needs, ports);
	await addAttested(needs, ports, there.filter(isFree(needs)), records);
	return planOf(`${registry.address}/${repository}`, there, needs, stored);
}

interface Named {
	digest: Digest;
	buildId: string;
}

const isFree =
	(needs: Needs) =>
	({ digest }: Named): boolean =>
		needs.of(digest).length === 0;

function planOf(
	repository: string,
	there: readonly Named[],
	needs: Needs,
	stored: ReadonlyMap<Digest, Stored>,
): RegistryPrune {
	const free = there.filter(isFree(needs));
	const sized = sizes(stored, new Set(free.map(({ digest }) => digest)));
	const going = free.map((one) => ({ ...one, tags: stored.get(one.digest)!.tags, bytes: sized.get(one.digest)! }));
	return {
		repository,
		outcome: going.length > 0 ? "planned" : "unchanged",
		going,
		kept: there.filter((one) => !free.includes(one)).map((one) => ({ ...one, reasons: [...needs.of(one.digest)] })),
		bytes: going.reduce((sum, { bytes }) => sum + bytes, 0),
	};
}

/** Those of cres.yaml, and those that were ever promoted to. */
const channelsOf = ({ config }: PrunePorts, { promotions }: Records): string[] => [
	...new Set([...config.channels, ...promotions.map(({ channel }) => channel)]),
];

/** Tags of people and channels keep their image, an index keeps what it lists, a fallback tag its attestations. */
function addStored(needs: Needs, stored: Iterable<Stored>, channels: readonly string[]): void {
	for (const { digest, tags, children } of stored) {
		for (const tag of tags) {
			if (channels.includes(tag)) needs.add(digest, `channel ${tag}`);
			else if (!OF_BUILDS.test(tag)) needs.add(digest, `tag ${tag}`);
		}
		const of = tags.find((tag) => FALLBACK.test(tag)) ?? tags[0] ?? digest;
		for (const child of children) needs.add(child, `part of the index ${of}`);
	}
}

/** An attested image that was rolled out nowhere yet may still be promoted. */
async function addAttested(
	needs: Needs,
	{ attested }: PrunePorts,
	images: readonly Named[],
	records: Records,
): Promise<void> {
	const released = releasedDigests(records);
	for (const { digest } of images) {
		if (released.has(digest)) continue;
		const valid = await attested(digest).catch((error: unknown) => {
			if (error instanceof UserError && error.code.startsWith("attestation_")) return undefined;
			throw error;
		});
		if (valid) needs.add(digest, "attested, and not rolled out yet");
	}
}

/** Bytes of each image that goes, layers that stay left out; a layer of several counts with the first. */
function sizes(stored: ReadonlyMap<Digest, Stored>, going: ReadonlySet<Digest>): Map<Digest, number> {
	const staying = [...stored.values()].filter(({ digest }) => !going.has(digest));
	const counted = new Set(staying.flatMap(({ layers }) => [...layers.keys()]));
	return new Map(
		[...going].map((digest) => {
			const own = [...(stored.get(digest)?.layers ?? [])].filter(([layer]) => !counted.has(layer));
			for (const [layer] of own) counted.add(layer);
			return [digest, own.reduce((sum, [, size]) => sum + size, 0)];
		}),
	);
}

/**
 * Removes what is still to go by now, each after one more look at the channels, and verifies that it is gone.
 * @throws UserError registry_keeps_all and those of the registry, which say how much is gone by then
 */
export async function pruneRegistry(ports: PrunePorts, plan: RegistryPrune, keep: number): Promise<RegistryPrune> {
	const { config, signal, progress } = ports;
	const registry = await ports.registry();
	const channels = channelsOf(ports, await readImageRecords(config));
	const now = await planRegistryPrune(ports, keep); // the operator may have thought for long
	const agreed = now.going.filter(({ digest }) => plan.going.some((one) => one.digest === digest));
	const done: GoingImage[] = [];
	const kept = [...now.kept];
	for (const image of agreed) {
		signal.throwIfAborted();
		try {
			const reasons = await promotedMeanwhile(registry, config.image.repository, channels, image.digest);
			if (reasons.length > 0) kept.push({ digest: image.digest, buildId: image.buildId, reasons });
			else {
				await progress.step(`remove ${image.buildId}`, () => removeOne(ports, registry, image.digest));
				done.push(image);
			}
		} catch (error) {
			throw partly(error, done.length, agreed.length);
		}
	}
	const bytes = done.reduce((sum, one) => sum + one.bytes, 0);
	return { ...plan, outcome: done.length > 0 ? "pruned" : "unchanged", going: done, kept, bytes };
}

async function promotedMeanwhile(
	registry: Registry,
	repository: string,
	channels: readonly string[],
	digest: Digest,
): Promise<string[]> {
	const standing = await Promise.all(channels.map((channel) => registry.resolve(repository, channel)));
	return channels.filter((_, at) => standing[at]?.digest === digest).map((channel) => `channel ${channel}`);
}

/** ghcr.io shows a moment later what GitHub's API has removed. @throws UserError registry_error when it is still there */
async function removeOne(ports: PrunePorts, registry: Registry, digest: Digest): Promise<void> {
	const { remove, config, clock, signal } = ports;
	await remove(digest);
	for (let look = 1; look <= LOOKS; look++) {
		if (!(await registry.resolve(config.image.repository, digest))) return;
		if (look < LOOKS) await clock.sleep(LOOK_EVERY_MS, signal);
	}
	throw new UserError(
		"registry_error",
		`${registry.address} still has ${config.image.repository}@${digest} after its removal`,
		{
			hint: "look at the registry's log, then run the command again",
		},
	);
}

function partly(error: unknown, done: number, all: number): unknown {
	const failure = asUserError(error);
	if (!failure || done === 0) return error;
	return new UserError(failure.code, `${messageOf(failure)}; ${done} of ${all} images are removed`, {
		...(failure.hint === undefined ? {} : { hint: failure.hint }),
		cause: failure,
	});
}
