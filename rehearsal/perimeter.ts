import { mkdir, rm } from "node:fs/promises";
import { UserError } from "../src/errors/errors.ts";
import type { Progress } from "../src/system/progress.ts";
import { systemShell } from "../src/system/shell.ts";
import { ensureCredentials } from "./credentials.ts";
import { layoutOf, type Part, type PartContext, type PerimeterOptions } from "./part.ts";

export { ownPerimeter } from "./part.ts";
import { ensureBaseOs } from "./parts/base-os.ts";
import { controlPlane, projectOf } from "./parts/control-plane.ts";
import { dockerAt } from "./docker-client.ts";
import { docker } from "./parts/docker.ts";
import { github } from "./parts/github.ts";
import { bridge, instance } from "./parts/instance.ts";
import { ensureModels } from "./parts/models.ts";
import { gateway, media, speechUrl } from "./parts/media.ts";
import { registry } from "./parts/registry.ts";
import { vast } from "./parts/vast.ts";
import { writeProject } from "./project.ts";

/** What cres.yaml of the project names besides the control plane. */
const OTHERS: readonly Part[] = [docker, registry, media, bridge, gateway, instance, vast, github];
/** In the order in which they come up; they go down the other way round. */
const PARTS: readonly Part[] = [...OTHERS, controlPlane];

/** A perimeter that is up. */
export interface Perimeter extends PartContext {
	/** Directory of the project that `cres` is run in. */
	project: string;
	/** Digest-pinned OS image. */
	baseImage: string;
	/** The video, as the instance's containers reach it. */
	speech: string;
}

export interface PartStatus {
	part: string;
	at: string;
	answers: boolean;
}

/** Brings every part up, reusing what answers, and writes the project. @throws UserError rehearsal_needs_root (usage) */
export async function up(options: PerimeterOptions, progress: Progress, signal?: AbortSignal): Promise<Perimeter> {
	assertLinuxRoot();
	const context = await contextOf(options, progress);
	for (const part of OTHERS) await bringUp(context, part, signal);
	const baseImage = await ensureBaseOs(context);
	const project = projectOf(context);
	await writeProject(context, project, baseImage);
	await bringUp(context, controlPlane, signal);
	await progress.step("models in the store", () => ensureModels(context));
	return { ...context, project, baseImage, speech: speechUrl(context) };
}

async function bringUp(context: PartContext, part: Part, signal?: AbortSignal): Promise<void> {
	signal?.throwIfAborted();
	await context.progress.step(`${part.name} at ${part.at(context)}`, async (report) =>
		report(await part.up(context, signal)),
	);
}

/** Removes everything but installed packages; safe to repeat, and after an `up` that failed half-way. */
export async function down(options: PerimeterOptions, progress: Progress): Promise<void> {
	const context = await contextOf(options, progress);
	await progress.step("images", () => removeImages(context).catch(() => {}));
	for (const part of PARTS.toReversed()) await progress.step(part.name, () => part.down(context));
	await rm(options.directory, { recursive: true, force: true });
}

/** Asks each part whether it answers. */
export async function status(options: PerimeterOptions, progress: Progress): Promise<PartStatus[]> {
	const context = await contextOf(options, progress);
	return Promise.all(
		PARTS.map(async (part) => ({
			part: part.name,
			at: part.at(context),
			answers: await part.status(context).catch(() => false),
		})),
	);
}

function assertLinuxRoot(): void {
	if (process.platform === "linux" && process.getuid?.() === 0) return;
	throw new UserError(
		"rehearsal_needs_root",
		"the rehearsal starts Docker daemons and a bridge: it needs Linux and root",
		{
			hint: "sudo npm run rehearse, on a Linux machine",
		},
	);
}

async function contextOf(options: PerimeterOptions, progress: Progress): Promise<PartContext> {
	await mkdir(options.directory, { recursive: true, mode: 0o700 });
	return {
		...layoutOf(options),
		credentials: await ensureCredentials(options.directory),
		progress,
		shell: systemShell,
	};
}

/** Images on the operator's daemon that name this perimeter's registry. */
async function removeImages({ ports }: PartContext): Promise<void> {
	const client = await dockerAt("/var/run/docker.sock");
	const ours = `127.0.0.1:${ports.registry}/`;
	for (const { RepoTags, RepoDigests } of await client.listImages())
		for (const reference of [...(RepoTags ?? []), ...(RepoDigests ?? [])].filter((one) => one.startsWith(ours)))
			await client
				.getImage(reference)
				.remove({ force: true })
				.catch(() => {});
}
