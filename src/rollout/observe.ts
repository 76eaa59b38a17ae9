import { missingSecrets } from "../config/config.ts";
import type { InstanceConfig } from "../config/schema.ts";
import { formatIdentity } from "../contracts/identity.ts";
import { LABEL } from "../contracts/labels.ts";
import { expectedPollers } from "../contracts/queues.ts";
import { EXIT, UserError } from "../errors.ts";
import type { ContainerHost, ContainerState, HostFacts } from "../instance/container-host.ts";
import { instanceConfig } from "../instance/open.ts";
import { describeImage, type ReleaseImage } from "../registry/release-image.ts";
import type { Secret } from "../secrets/secret.ts";
import type { Temporal } from "../temporal/temporal.ts";
import { observePollers, type PollersReport } from "../temporal/pollers.ts";
import { leaseHolder } from "./lease.ts";
import type { Wanted } from "./plan.ts";
import type { RolloutPorts } from "./ports.ts";
import { readReleases, type Release } from "./release.ts";
import { renderRunSpec, runSpecHash, type RunSpec } from "./run-spec.ts";

/** An image layer unpacks to about three times its compressed size. */
const UNPACK_FACTOR = 3;
/** Needed in any case, for the container's own files. */
const SPARE_BYTES = 256e6;

/** What to run: an image reference of our repository (tag or digest) and, for a rollback, the spec of then. */
export interface WantedRelease {
	/** `sha256:…` or a tag in the app image's repository. */
	reference: string;
	spec?: RunSpec;
}

/** What is and what is wanted, read before anything is changed. */
export interface Observation {
	instance: InstanceConfig;
	image: ReleaseImage;
	/** `host/repository@sha256:…` as the instance pulls it. */
	pullReference: string;
	host: ContainerHost;
	temporal: Temporal;
	facts: HostFacts;
	containers: ContainerState[];
	pollers: PollersReport;
	releases: Release[];
	spec: RunSpec;
	specHash: string;
	secrets: Record<string, Secret>;
	wanted: Wanted;
}

/**
 * Reads everything that can be known before the first side effect, at the same time.
 * @throws UserError with every failure together
 */
export async function observe(ports: RolloutPorts, wanted: WantedRelease): Promise<Observation> {
	const { config, instance: name } = ports;
	const instance = instanceConfig(config, name);
	const opening = ports.openHost();
	try {
		const [image, host, facts, containers, temporal, pollers, releases] = await allOrEveryFailure([
			findImage(ports, wanted.reference),
			opening,
			opening.then((host) => host.facts()),
			opening.then((host) => ourContainers(host, ports)),
			ports.temporal(),
			ports
				.temporal()
				.then((temporal) => observePollers(temporal, expectedPollers(config.queue, instance.roles), ports.clock)),
			readReleases(config.root, name),
			refuseMissingSecrets(ports),
			refuseForeignLease(ports),
		]);
		refuseUnfit(name, image, facts, instance, containers.length > 0);
		const secrets = secretValues(ports);
		const spec = wanted.spec ?? renderRunSpec(config, name, instance, secrets, facts.gpu);
		const specHash = runSpecHash(spec);
		return {
			instance,
			image,
			pullReference: `${(config.registry.pull ?? config.registry.push).address}/${image.repository}@${image.digest}`,
			host,
			temporal,
			facts,
			containers,
			pollers,
			releases,
			spec,
			specHash,
			secrets,
			wanted: { digest: image.digest, specHash, order: spec.roles.includes("gpu") ? "stop-first" : "start-first" },
		};
	} catch (error) {
		void opening.then(
			(host) => host.close(),
			() => {},
		);
		throw error;
	}
}

export const ourLabels = ({ config, instance }: Pick<RolloutPorts, "config" | "instance">): Record<string, string> => ({
	[LABEL.project]: config.project,
	[LABEL.instance]: instance,
});

/** Containers of this project and instance, running ones first, newest first. */
export async function ourContainers(
	host: ContainerHost,
	ports: Pick<RolloutPorts, "config" | "instance">,
): Promise<ContainerState[]> {
	const found = await host.containers(ourLabels(ports));
	return found.toSorted((a, b) => Number(isRunning(b)) - Number(isRunning(a)) || b.startedAt - a.startedAt);
}

export const isRunning = ({ state }: ContainerState): boolean => state === "running";

/** The identity that the worker of `role` in this container polls with. */
export const identityOf = (container: Pick<ContainerState, "id" | "labels">, role: "cpu" | "gpu"): string =>
	formatIdentity({
		role,
		instance: container.labels[LABEL.instance] ?? "",
		buildId: container.labels[LABEL.buildId] ?? "",
		container: container.id,
	});

export function secretValues({ config }: Pick<RolloutPorts, "config">): Record<string, Secret> {
	const entries = config.secrets.map((name) => [name, config.secret(name)] as const);
	return Object.fromEntries(entries.filter((entry): entry is [string, Secret] => entry[1] !== undefined));
}

async function findImage(ports: RolloutPorts, reference: string): Promise<ReleaseImage> {
	const { repository } = ports.config.image;
	const { address } = ports.config.registry.push;
	const image = await describeImage(await ports.registry(), repository, reference);
	if (image) return image;
	throw new UserError("image_missing", `${address} has no ${repository} ${reference}`, {
		hint: "cres build all --push",
	});
}

async function refuseMissingSecrets({ config }: RolloutPorts): Promise<void> {
	const missing = missingSecrets(config);
	if (missing.length > 0)
		throw new UserError("secret_missing", `no value for ${missing.join(", ")}`, {
			hint: `put ${missing.map((name) => `${name}=…`).join(" ")} into .env beside cres.yaml`,
		});
}

async function refuseForeignLease({ config, instance, clock }: RolloutPorts): Promise<void> {
	const held = await leaseHolder(config.root, instance, clock.now());
	if (held) throw held;
}

function refuseUnfit(
	name: string,
	image: ReleaseImage,
	facts: HostFacts,
	instance: InstanceConfig,
	hasRelease: boolean,
): void {
	const faults: UserError[] = [];
	if (facts.platform !== image.platform)
		faults.push(
			new UserError("wrong_architecture", `${name} is ${facts.platform}, the image is ${image.platform}`, {
				hint: "build the image for that platform, or choose another instance",
			}),
		);
	if (instance.roles.includes("gpu") && !facts.gpu)
		faults.push(
			new UserError("no_gpu", `${name} has the role gpu, but its Docker daemon offers no GPU`, {
				hint: `install the NVIDIA container toolkit on ${name}, or drop the role in cres.yaml`,
			}),
		);
	const needed = SPARE_BYTES + (hasRelease ? 0 : UNPACK_FACTOR * image.compressedBytes);
	if (facts.freeBytes !== undefined && facts.freeBytes < needed) faults.push(diskFull(name, facts, needed));
	throwTogether(faults);
}

export const diskFull = (name: string, facts: HostFacts, needed: number) =>
	new UserError(
		"disk_full",
		`${name} has ${megabytes(facts.freeBytes ?? 0)} free in ${facts.dataRoot}, the image needs about ${megabytes(needed)}`,
		{
			hint: `free space on ${name} (docker system df), then run the command again`,
		},
	);

const megabytes = (count: number): string => `${Math.round(count / 1e6)} MB`;

type Settled<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/** Like Promise.all, but waits for all and reports every UserError at once. */
async function allOrEveryFailure<T extends readonly unknown[]>(work: [...T]): Promise<Settled<T>> {
	const settled = await Promise.allSettled(work);
	const reasons = [...new Set(settled.flatMap((one) => (one.status === "rejected" ? [one.reason as unknown] : [])))];
	const bug = reasons.find((reason) => !(reason instanceof UserError));
	if (bug !== undefined) throw bug;
	throwTogether(reasons as UserError[]);
	return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as Settled<T>;
}

/** One failure as it is, several as one error that lists them; the exit code is the most particular one. */
function throwTogether(failures: readonly UserError[]): void {
	const [first] = failures;
	if (!first) return;
	if (failures.length === 1) throw first;
	const lines = failures.map(({ message, hint }) => `  - ${message}${hint ? `\n    → ${hint}` : ""}`);
	const exit = failures.map((failure) => failure.exit).toSorted((a, b) => EXIT[b] - EXIT[a])[0]!;
	throw new UserError(
		"preflight",
		`${failures.length} things stand in the way; nothing was changed:\n${lines.join("\n")}`,
		{ exit },
	);
}
