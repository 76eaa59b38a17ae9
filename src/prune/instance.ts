import type { Config } from "../config/config.ts";
import { UserError } from "../errors/errors.ts";
import type { InstanceImage } from "../instances/images.ts";
import type { Instance } from "../instances/instance.ts";
import { takeLease } from "../rollout/lease.ts";
import type { Clock } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import { Needs, namedDigests, recordedNeeds } from "./needs.ts";
import { readImageRecords } from "./records.ts";

/** What `cres prune instance` returns under --json. */
export interface InstancePrune {
	instance: string;
	/** `unchanged`: nothing is to go, or the operator said no. */
	outcome: "planned" | "pruned" | "unchanged";
	going: InstanceImage[];
	kept: (InstanceImage & { reasons: string[] })[];
	/** Of all that goes. */
	bytes: number;
}

interface InstancePrunePorts {
	config: Config;
	clock: Clock;
	progress: Progress;
	signal: AbortSignal;
	instance: Instance;
}

/**
 * What may go from the daemon of an instance: images that the records of this machine name, that do not run, and that
 * are none of the last `keep` releases of an instance.
 * @throws UserError no_daemon (usage) at Vast, and those of the instance
 */
export async function planInstancePrune(
	{ config, instance }: InstancePrunePorts,
	keep: number,
): Promise<InstancePrune> {
	const images = assertDaemon(instance);
	const [found, { container }, records] = await Promise.all([
		images.list(),
		instance.running(async () => []),
		readImageRecords(config),
	]);
	const { repository } = config.image;
	const named: ReadonlyMap<string, string> = namedDigests(records, repository);
	const needs = new Needs();
	needs.add(container?.digest, "runs");
	recordedNeeds(needs, { ...records, promotions: [], builds: [] }, { keep, repository });
	const reasons = ({ digest }: InstanceImage): string[] =>
		named.has(digest) ? [...needs.of(digest)] : ["in no record of this machine"];
	const going = found.filter((image) => reasons(image).length === 0);
	return {
		instance: instance.name,
		outcome: going.length > 0 ? "planned" : "unchanged",
		going,
		kept: found.filter((image) => !going.includes(image)).map((image) => ({ ...image, reasons: reasons(image) })),
		bytes: bytesOf(going),
	};
}

/** Removes what is to go, under the lease of the instance. @throws UserError lease_held (busy), and those of the instance */
export async function pruneInstance(ports: InstancePrunePorts, plan: InstancePrune): Promise<InstancePrune> {
	const { instance, signal, progress } = ports;
	const images = assertDaemon(instance);
	await using lease = await takeLease(ports, "prune");
	const going: InstanceImage[] = [];
	const kept = [...plan.kept];
	for (const image of plan.going) {
		signal.throwIfAborted();
		await lease.assertHeld();
		const title = `remove ${image.buildId || image.digest} from ${instance.name}`;
		const gone = await progress.step(title, () => images.remove(image.reference));
		if (gone) going.push(image);
		else kept.push({ ...image, reasons: ["a container is of it"] });
	}
	return { ...plan, outcome: going.length > 0 ? "pruned" : "unchanged", going, kept, bytes: bytesOf(going) };
}

const bytesOf = (images: readonly InstanceImage[]): number => images.reduce((sum, { bytes }) => sum + bytes, 0);

function assertDaemon({ name, images }: Instance) {
	if (images) return images;
	throw new UserError(
		"no_daemon",
		`${name} is a contract, which has no Docker daemon of ours: there is nothing to prune`,
		{
			hint: "its disk goes with its container: cres deploy; the registry is pruned by cres prune registry",
		},
	);
}
