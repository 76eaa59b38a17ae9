import type { Config } from "../../../config/config.ts";
import type { VastInstance } from "../../../config/schema.ts";
import { expectedPollers } from "../../../contracts/queues.ts";
import { parseOnStart } from "../../../contracts/vast.ts";
import { UserError } from "../../../errors/errors.ts";
import { recordedEndpoint, type Endpoint } from "../../../instance/endpoint.ts";
import { vastInstance } from "../../../instance/open.ts";
import { reachContract, type ReachPorts, type Reached } from "../../../instance/reach.ts";
import { buildTag, parseReference } from "../../../registry/image-reference.ts";
import type { ReleaseImage } from "../../../registry/release-image.ts";
import type { Secret } from "../../../secrets/secret.ts";
import { observePollers, type PollersReport } from "../../../temporal/pollers.ts";
import type { Temporal } from "../../../temporal/temporal.ts";
import type { Contract } from "../../../vast/vast.ts";
import type { WantedRelease } from "../../../rollout/driver.ts";
import { hasBegun } from "../../../rollout/journal.ts";
import type { RolloutPorts, VastPorts } from "../../../rollout/ports.ts";
import {
	allOrEveryFailure,
	findImage,
	megabytes,
	neededBytes,
	refuseForeignLease,
	refuseMissingSecrets,
	throwTogether,
} from "../../../rollout/preflight.ts";
import { readReleases, type Release } from "../../../rollout/release.ts";
import { renderRunSpec, runSpecHash, secretValues, type RunSpec } from "../../../rollout/run-spec.ts";
import { conditionOf, refuseForeign, standing, type Condition } from "../contract.ts";

/** What is and what is wanted, read before anything is changed. */
export interface Observation {
	vast: VastPorts;
	instance: VastInstance;
	contract: Contract;
	condition: Condition;
	/** A rollout of ours that never came to its end had told the platform exactly what is wanted. */
	underWay: boolean;
	/** The container behind ssh; undefined where a rollout of ours left one that cannot be reached. */
	reached: Reached | undefined;
	/** The endpoint on record before this look. */
	recorded: Endpoint | undefined;
	temporal: Temporal;
	pollers: PollersReport;
	releases: Release[];
	image: ReleaseImage;
	/** `registry/repository:tag` as Vast's host pulls it. */
	reference: string;
	spec: RunSpec;
	specHash: string;
	secrets: Record<string, Secret>;
}

/**
 * Reads everything that can be known before the first side effect, at the same time.
 * @throws UserError with every failure together
 */
export async function observe(ports: RolloutPorts, wanted: WantedRelease): Promise<Observation> {
	const { config, instance: name, clock } = ports;
	const instance = vastInstance(config, name);
	const opening = ports.vast().then((vast) => openContract(ports, vast, instance));
	const temporal = ports.temporal();
	const expected = expectedPollers(config.queue, instance.roles);
	try {
		const [opened, { image, reference }, open, pollers, releases, recorded] = await allOrEveryFailure([
			opening,
			proveTag(ports, wanted.reference),
			temporal,
			temporal.then((there) => observePollers(there, expected, clock)),
			readReleases(config.root, name),
			recordedEndpoint(config.root, name),
			refuseMissingSecrets(ports),
			refuseForeignLease(ports),
		]);
		refuseUnfit(name, image, opened.contract, instance);
		await warnNoWayBack(ports, opened);
		const secrets = secretValues(config);
		const spec = wanted.spec ?? renderRunSpec(config, name, instance, secrets, opened.contract.gpus > 0);
		const specHash = runSpecHash(spec);
		const ask = { instance, image, reference, spec, specHash, secrets };
		const underWay = await isUnderWay(ports, opened.contract, releases, ask);
		return { ...opened, ...ask, underWay, temporal: open, pollers, releases, recorded };
	} catch (error) {
		void opening.then(
			({ reached }) => reached?.session.close(),
			() => {},
		);
		throw error;
	}
}

/** An image that has left the registry cannot be pulled again, should the new one fail. */
async function warnNoWayBack(ports: RolloutPorts, { vast, contract }: Opened): Promise<void> {
	const { repository } = ports.config.image;
	const buildId = buildIdOfReference(ports.config, contract.image);
	if (buildId === undefined || (await (await vast.registry()).resolve(repository, buildTag(buildId)))) return;
	ports.progress.note(
		`there is no way back for ${ports.instance}: ${contract.image}, which is configured now, is not in the registry any more`,
	);
}

type Opened = Pick<Observation, "vast" | "contract" | "condition" | "reached">;

/** The contract and its container, both proven to be ours. */
async function openContract(ports: RolloutPorts, vast: VastPorts, { id }: VastInstance): Promise<Opened> {
	const { config, instance } = ports;
	const contract = refuseForeign(await vast.read(id), config.project, instance, id);
	const condition = conditionOf(contract);
	const left = parseOnStart(contract.onstart);
	const mine = left !== undefined && (await hasBegun(config.root, instance, left.rollout.replace(/-back$/, "")));
	if (condition === "up") {
		const reached = await reachContract(reachPorts(ports, vast), instance, contract).catch((error: unknown) => {
			if (!mine || !(error instanceof UserError)) throw error;
			ports.progress.note(`${instance} runs what a rollout of ours left, but cannot be reached: ${error.message}`);
			return undefined;
		});
		return { vast, contract, condition, reached };
	}
	const ours = mine && (condition === "on-its-way" || condition === "pull-failed" || condition === "ended");
	if (ours) return { vast, contract, condition, reached: undefined };
	if (condition === "on-its-way")
		throw new UserError("not_running", `contract ${id} of ${instance} is ${contract.actual ?? "not started yet"}`, {
			hint: `wait until cres instance list shows it running, then cres deploy ${instance}`,
		});
	throw standing(instance, contract, condition);
}

export const reachPorts = (ports: RolloutPorts, { api, clock, handshakeMs }: VastPorts): ReachPorts => ({
	config: ports.config,
	vast: api,
	clock,
	signal: ports.signal,
	handshakeMs,
	note: (text) => ports.progress.note(text),
});

/** The tag that stands for the wanted image, seen to name it with the credential that Vast's hosts use. */
export async function proveTag(
	ports: RolloutPorts,
	wanted: string,
): Promise<{ image: ReleaseImage; reference: string }> {
	const { registry, image: settings } = ports.config;
	const image = await findImage(ports, wanted);
	const tag = buildTag(image.buildId);
	const found = await (await (await ports.vast()).registry()).manifest(settings.repository, tag);
	const { address } = registry.pull ?? registry.push;
	const reference = `${address}/${settings.repository}:${tag}`;
	if (found?.digest === image.digest) return { image, reference };
	throw new UserError(
		"tag_moved",
		`${reference} names ${found?.digest ?? "nothing"}, not ${image.digest}: Vast's host would pull something else`,
		{ hint: "cres build all --push puts the tag back; whoever moved it must not" },
	);
}

/** Whether the platform was told to run exactly this by a rollout of ours that was never recorded as live. */
async function isUnderWay(
	{ config, instance }: RolloutPorts,
	contract: Contract,
	releases: readonly Release[],
	{ reference, specHash }: Pick<Observation, "reference" | "specHash">,
): Promise<boolean> {
	const left = parseOnStart(contract.onstart);
	if (!left || left.specHash !== specHash || contract.image !== reference) return false;
	const recorded = releases.some(({ id, outcome }) => id === left.rollout && outcome === "live");
	return !recorded && (await hasBegun(config.root, instance, left.rollout));
}

/** @throws UserError no_gpu, disk_full */
function refuseUnfit(name: string, image: ReleaseImage, contract: Contract, { roles }: VastInstance): void {
	const faults: UserError[] = [];
	if (roles.includes("gpu") && contract.gpus < 1)
		faults.push(
			new UserError("no_gpu", `${name} has the role gpu, but contract ${contract.id} has no GPU`, {
				hint: "drop the role in cres.yaml, or adopt a contract with a GPU",
			}),
		);
	const needed = neededBytes(image, false);
	if (contract.diskGb !== undefined && contract.diskGb * 1e9 < needed)
		faults.push(
			new UserError(
				"disk_full",
				`contract ${contract.id} of ${name} has a disk of ${contract.diskGb} GB, the image needs about ${megabytes(needed)}`,
				{ hint: `a disk cannot grow: cres deploy ${name} --recreate rents one with disk_gb of cres.yaml` },
			),
		);
	throwTogether(faults);
}

/** Build id in a reference of our app image, `…/<repository>:b-<build id>`. */
export function buildIdOfReference({ image }: Pick<Config, "image">, reference: string): string | undefined {
	const { repository, tag } = parseReference(reference);
	return repository === image.repository ? /^b-(.+)$/.exec(tag ?? "")?.[1] : undefined;
}
