import type { Flavour } from "../contracts/build-info.ts";
import { LABEL } from "../contracts/labels.ts";
import { UserError } from "../errors/errors.ts";
import { formatReference, parseReference, type Digest } from "../registry/image-reference.ts";
import { compressedBytes, readImage } from "../registry/release-image.ts";
import { caBundle } from "./ca-bundle.ts";
import { IMAGES, type ImageKind } from "./catalogue.ts";
import { dockerBuild } from "./docker-build.ts";
import { assertPushesFrom, findDocker } from "./docker-cli.ts";
import { rememberBuild } from "../state/last-build.ts";
import { buildCommand } from "./last-build.ts";
import { factLabels } from "./manifest.ts";
import type { BuildPorts } from "./ports.ts";
import { prepare, type Below, type PreparedImage } from "./prepare.ts";
import { publish } from "./publish.ts";

export interface BuildOptions {
	target: ImageKind | "all";
	flavour: Flavour;
	/** Push what is built; an image of the same inputs in the registry is not built again. */
	push: boolean;
	/** Only say what would be done. */
	dryRun: boolean;
	allowDirty: boolean;
	/** Build without Docker's cache, even if the registry holds the image. */
	noCache: boolean;
	/** PEM file for RUN steps; the one that NODE_EXTRA_CA_CERTS names unless given. */
	caBundle: string | undefined;
}

export interface BuildResult {
	image: ImageKind;
	flavour: Flavour;
	repository: string;
	/** Of the manifest in the registry; null when it was not pushed. */
	digest: Digest | null;
	/** Tag on the local daemon; null when nothing was built. */
	localImage: string | null;
	buildId: string;
	/** Hash of the inputs and the registry tag made of it. */
	inputs: string;
	keyTag: string;
	/** The registry held it already, or --dry-run. */
	skipped: boolean;
	reason: string;
	layers: number;
	/** Of all layers; 0 when it is not in the registry. */
	compressedBytes: number;
	/** Of the layers that had to travel. */
	pushedBytes: number;
	durationMs: number;
}

/** What `cres build` returns under --json. */
export interface Build {
	images: BuildResult[];
	durationMs: number;
}

/**
 * Builds base, app or both from the committed tree and, if asked, pushes them.
 * @throws UserError base_image_unset, base_image_unpinned (usage), base_missing, and those of prepare, dockerBuild and publish
 */
export async function build(ports: BuildPorts, asked: BuildOptions): Promise<Build> {
	const started = ports.clock.now();
	const named = ports.config.value("NODE_EXTRA_CA_CERTS");
	const options = { ...asked, caBundle: await caBundle(asked.caBundle, named) };
	const images: BuildResult[] = [];
	if (options.target !== "app") images.push(await buildImage(ports, "base", async () => osImage(ports), options));
	if (options.target !== "base")
		images.push(await buildImage(ports, "app", () => baseBelow(ports, options, images[0]), options));
	if (options.push && !options.dryRun) await remember(ports, options.flavour, images);
	return { images, durationMs: ports.clock.now() - started };
}

/** Makes the app image what `cres deploy` takes by default for instances of its flavour. */
async function remember(
	{ config, clock }: BuildPorts,
	flavour: Flavour,
	images: readonly BuildResult[],
): Promise<void> {
	const app = images.find(({ image }) => image === "app");
	const pushedAt = new Date(clock.now()).toISOString();
	if (app?.digest) await rememberBuild(config.state, flavour, { digest: app.digest, buildId: app.buildId, pushedAt });
}

async function buildImage(
	ports: BuildPorts,
	kind: ImageKind,
	findBelow: () => Promise<Below>,
	options: BuildOptions,
): Promise<BuildResult> {
	const started = ports.clock.now();
	const image = await ports.progress.step(`read the inputs of ${kind}`, () =>
		prepare(ports, IMAGES[kind], findBelow, options),
	);
	const held = options.push ? await heldImage(ports, image) : undefined;
	const isMade = !options.dryRun && (held === undefined || options.noCache);
	if (options.push && isMade) await assertMayPublish(ports, image); // before gigabytes are built
	const draft = emptyResult(image);
	const finish = (result: Partial<BuildResult>) => ({ ...draft, ...result, durationMs: ports.clock.now() - started });
	if (held && !options.noCache) return finish({ ...held, skipped: true, reason: `the registry holds ${image.keyTag}` });
	const reason = options.noCache ? "--no-cache" : whyBuild(image, options);
	if (options.dryRun)
		return finish({ skipped: true, reason: `would be built${options.push ? " and pushed" : ""}: ${reason}` });
	return finish({
		...(await make(ports, image, options, held?.buildId === draft.buildId ? held.digest : undefined)),
		reason,
	});
}

async function assertMayPublish(ports: BuildPorts, { repository, definition }: PreparedImage): Promise<void> {
	if (definition.kind === "app") await ports.provenance?.assertReady();
	await ports.progress.step(`ask whether ${repository} may be pushed`, async () =>
		(await ports.registry()).mayPush(repository),
	);
}

async function make(
	ports: BuildPorts,
	image: PreparedImage,
	options: BuildOptions,
	expected: Digest | undefined,
): Promise<Partial<BuildResult>> {
	const { config, shell, progress, signal } = ports;
	const { definition, facts, repository, buildTag } = image;
	const localImage = `${options.push ? `${config.registry.push.address}/` : ""}${repository}:${buildTag}`;
	const [docker, tar] = await Promise.all([findDocker(shell, signal), image.tar()]);
	if (options.push) assertPushesFrom(docker);
	await progress.step(`build ${definition.kind} ${facts.flavour} ${facts.buildId}`, (report) =>
		dockerBuild(shell, docker, { ...jobOf(ports, image, options), tag: localImage, tar }, report, signal),
	);
	if (!options.push) return { localImage };
	const { digest, manifest, pushedBytes } = await progress.step(`push ${localImage}`, (report) =>
		publish(ports, image, docker.host, expected, report),
	);
	const sizes = { layers: manifest.layers.length, compressedBytes: compressedBytes(manifest), pushedBytes };
	return { localImage, digest, ...sizes };
}

/** What the daemon is told, but for the tag and the files. */
const jobOf = (
	{ config, credential }: BuildPorts,
	{ definition, buildArgs, facts }: PreparedImage,
	{ noCache, caBundle }: BuildOptions,
) => ({
	dockerfile: definition.dockerfile,
	buildArgs,
	labels: factLabels(facts),
	noCache,
	caBundle,
	login: credential && { host: config.registry.push.address, credential },
});

/** The image that the registry keeps for these inputs; an older commit of the same content may have made it. */
async function heldImage(ports: BuildPorts, { repository, keyTag }: PreparedImage) {
	const held = await readImage(await ports.registry(), repository, keyTag);
	const buildId = held?.manifest.annotations?.[LABEL.buildId];
	if (!held || buildId === undefined) return undefined;
	const { digest, manifest } = held;
	return { buildId, digest, layers: manifest.layers.length, compressedBytes: compressedBytes(manifest) };
}

const emptyResult = (image: PreparedImage): BuildResult => ({
	image: image.definition.kind,
	flavour: image.facts.flavour,
	repository: image.repository,
	digest: null,
	localImage: null,
	buildId: image.facts.buildId,
	inputs: image.facts.inputs,
	keyTag: image.keyTag,
	skipped: false,
	reason: "",
	layers: 0,
	compressedBytes: 0,
	pushedBytes: 0,
	durationMs: 0,
});

const whyBuild = ({ keyTag }: PreparedImage, { push }: BuildOptions): string =>
	push ? `the registry has no ${keyTag}` : "without --push the registry is not asked";

/** @throws UserError base_image_unset, base_image_unpinned (usage) */
function osImage({ config }: BuildPorts): Below {
	const text = config.value("BASE_IMAGE");
	const hint = "set BASE_IMAGE in .env to an OS image pinned by digest: host/repository@sha256:…";
	if (text === undefined) throw new UserError("base_image_unset", "BASE_IMAGE is not set", { hint });
	const reference = parseReference(text);
	const { digest, repository } = reference;
	if (digest) return { reference: formatReference(reference), name: repository, digest };
	throw new UserError("base_image_unpinned", `BASE_IMAGE ${text} has no digest`, { hint });
}

/** The base image in the registry, or else the one that this command has just made on the daemon. */
async function baseBelow(ports: BuildPorts, options: BuildOptions, made: BuildResult | undefined): Promise<Below> {
	const name = `${ports.config.image.repository}${IMAGES.base.repositorySuffix}`;
	const digest = made?.digest ?? (await keptBase(ports, options, made));
	if (digest) return { reference: `${ports.config.registry.push.address}/${name}@${digest}`, name, digest };
	if (made)
		return { reference: made.localImage ?? `${name}:${made.keyTag}`, name, digest: `sha256:${made.inputs}` as Digest };
	throw new UserError("base_missing", `the registry has no ${options.flavour} base image of these inputs`, {
		hint: buildCommand(options.flavour),
	});
}

async function keptBase(ports: BuildPorts, options: BuildOptions, made: BuildResult | undefined) {
	const key = made ?? (await prepare(ports, IMAGES.base, async () => osImage(ports), options));
	const registry = await ports.registry();
	return (await registry.resolve(key.repository, key.keyTag))?.digest;
}
