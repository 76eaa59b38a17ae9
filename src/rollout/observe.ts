import { expectedPollers } from "../contracts/queues.ts";
import { UserError } from "../errors/errors.ts";
import { gathered } from "../errors/gathered.ts";
import type { Known, Observation, Roller } from "../instances/instance.ts";
import { describeImage, type ReleaseImage } from "../registry/release-image.ts";
import { unfinishedRollout, type UnfinishedRollout } from "../state/journal.ts";
import { readRecentReleases } from "../state/releases.ts";
import { abandon } from "../errors/abandon.ts";
import { seconds } from "../system/text.ts";
import { observePollers } from "../temporal/pollers.ts";
import type { RolloutPorts } from "./ports.ts";

/** The image that is wanted, as the registry has it now. @throws UserError image_missing, and those of the registry */
export async function resolveImage(ports: RolloutPorts, reference: string): Promise<ReleaseImage> {
	const { repository } = ports.config.image;
	const image = await describeImage(await ports.registry(), repository, reference);
	if (image) return image;
	throw new UserError("image_missing", `${ports.config.registry.push.address} has no ${repository} ${reference}`, {
		hint: "cres build all --push",
	});
}

/** What was seen before anything is changed. */
export interface Sight {
	observation: Observation;
	known: Known;
	/** The newest rollout from here, when it never came to its end. */
	interrupted: UnfinishedRollout | undefined;
}

/**
 * Reads instance, pollers and releases at the same time. Temporal's client takes long to load: that is done while the
 * instance answers.
 * @throws UserError with every failure together
 */
export async function observe(
	ports: RolloutPorts,
	image: Promise<ReleaseImage>,
	options: { replace?: boolean },
): Promise<Sight> {
	const { config, clock, instance, signal, progress } = ports;
	const dialled = Promise.withResolvers<void>();
	const note = (text: string) => progress.note(text);
	const looking = rollerOf(ports, options).observe({ image, signal, note, dialled: dialled.resolve });
	void looking.then(() => dialled.resolve(), dialled.resolve); // an instance that is connected already dials no more
	const expected = expectedPollers(config.queue, instance.settings.roles);
	const polling = dialled.promise
		.then(() => ports.temporal())
		.then((temporal) => observePollers(temporal, expected, clock));
	try {
		const reading = readRecentReleases(config.state, instance.name);
		const left = unfinishedRollout(config.state, instance.name);
		const [observation, { rows: polls }, releases, interrupted] = await gathered([looking, polling, reading, left]);
		warnOfSkew(ports);
		return { observation, known: { polls, releases }, interrupted };
	} catch (error) {
		abandon(looking, (observation) => observation.close());
		throw error;
	}
}

/** A clock that is minutes off is no reason against a rollout: polls are judged by the registry's time then. */
function warnOfSkew({ skew, progress }: RolloutPorts): void {
	const ms = skew?.ahead() ?? 0;
	if (ms === 0) return;
	const how = `${seconds(Math.abs(ms))} ${ms > 0 ? "ahead of" : "behind"}`;
	progress.note(
		`this machine's clock is ${how} ${skew!.whom}; polls are judged by that time. Set it: timedatectl set-ntp true (Windows: w32tm /resync)`,
	);
}

/** @throws UserError not_rented (usage) when there is no contract to be replaced */
function rollerOf({ instance }: RolloutPorts, { replace }: { replace?: boolean }): Roller {
	if (!replace) return instance.roll;
	if (instance.replace) return instance.replace;
	throw new UserError(
		"not_rented",
		`--replace works only for Vast instances; ${instance.name} uses driver ${instance.settings.driver}`,
		{
			hint: `cres deploy ${instance.name}`,
		},
	);
}
