import { randomBytes } from "node:crypto";
import { UserError } from "../errors/errors.ts";
import { refusePlain } from "../perimeter/plain.ts";
import { describeImage, type ReleaseImage } from "../registry/release-image.ts";
import { assertKeys, assertModels, assertReaches, chooseAgainst, chooseRole, type SMOKE_ROLES } from "./choose.ts";
import { openEngine } from "./docker-engine.ts";
import type { Engine } from "./engine.ts";
import { accounting } from "./made.ts";
import { ownOwner, placeOf, smokeLabels, type Owner } from "./owner.ts";
import type { SmokePorts } from "./ports.ts";
import { reap } from "./reaper.ts";
import { forget } from "./remove.ts";
import type { Subject, World } from "./world.ts";

export interface SmokeOptions {
	/** `sha256:…` or a tag, such as a channel, in the app image's repository. */
	reference: string;
	role: (typeof SMOKE_ROLES)[number];
	against: Owner["against"] | undefined;
	/** Leave everything there when a rung fails. */
	keep: boolean;
	/** Version of cres. */
	version: string;
}

/** How a Docker daemon is opened; tests hand in one that holds state. */
export type OpenEngine = typeof openEngine;

/**
 * Looks up the image and the daemon; changes nothing.
 * @throws UserError smoke_dependencies_unset, smoke_models_missing (usage), plain_connection, secret_missing, image_missing, docker_context_unsupported, and those of registry and Docker
 */
export async function openWorld(
	ports: SmokePorts,
	options: SmokeOptions,
	open: OpenEngine = openEngine,
): Promise<World> {
	const { config, credential, signal, processes } = ports;
	const against = chooseAgainst(config, options.against);
	assertModels(options.role, against);
	if (against === "rehearsal") {
		assertKeys(config);
		await refusePlain(config); // from here, as instances do
	}
	const [image, engine] = await Promise.all([resolveImage(ports, options.reference), connect()]);
	const [facts, owner] = await Promise.all([
		engine.facts(),
		ownOwner(processes, { keep: options.keep, against, place: placeOf(config) }),
	]);
	const subject = subjectOf(ports, image, { ...options, against, gpu: facts.gpu, owner });
	return { ...subject, ...accounting(engine), facts, ports, keep: options.keep, parts: {}, closers: [] };

	async function connect(): Promise<Engine> {
		const client = await ports.docker(signal);
		assertReaches(client, against);
		return open({ host: client.host, registry: config.registry.push.address, credential, signal });
	}
}

/** @throws UserError image_missing */
async function resolveImage(ports: SmokePorts, reference: string): Promise<ReleaseImage> {
	const { repository } = ports.config.image;
	const open = await ports.registry();
	const image = await describeImage(open, repository, reference);
	if (image) return image;
	throw new UserError("image_missing", `${open.address}/${repository} has no ${reference}`, {
		hint: "cres build --push, or name a digest, build id, tag or channel that is there",
	});
}

function subjectOf(
	{ config }: SmokePorts,
	image: ReleaseImage,
	{ role: asked, against, gpu, owner }: SmokeOptions & { against: Owner["against"]; gpu: boolean; owner: Owner },
): Subject {
	const id = randomBytes(4).toString("hex");
	const { role, pretended } = chooseRole(asked, image, { gpu, env: config.env, against });
	return {
		...{ id, name: `smoke-${id}`, image, role, pretended, against },
		reference: `${config.registry.push.address}/${image.repository}@${image.digest}`,
		roles: role === "gpu" ? ["cpu", "gpu"] : ["cpu"],
		queue: `${config.queue}-smoke-${id}`,
		labels: smokeLabels(id, owner),
	};
}

/** Removes what earlier smoke tests have left that were killed. What fails of it is told and holds up nothing. */
export async function sweep(world: World): Promise<void> {
	const { ports, engine, against, keep } = world;
	const { processes, progress, signal } = ports;
	const owner = await ownOwner(processes, { keep, against, place: placeOf(ports.config) });
	const stored = async (id: string): Promise<void> => {
		const [temporal, s3] = await Promise.all([ports.temporal(), ports.s3()]);
		await forget({ temporal, s3 }, { id, name: `smoke-${id}` }, signal);
	};
	const note = (text: string) => progress.note(text);
	const ids = await reap({ engine, processes, owner, forget: stored, note });
	if (ids.length > 0) note(`removed what ${ids.length} earlier smoke test${ids.length > 1 ? "s" : ""} had left`);
}
