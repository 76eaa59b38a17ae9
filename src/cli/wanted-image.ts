import { Flags } from "@oclif/core";
import { UserError } from "../errors/errors.ts";
import { flavourOf, resolveImage } from "../image/resolve-image.ts";
import type { WantedRelease } from "../rollout/wanted.ts";
import type { Context } from "./context.ts";
import { milliseconds } from "./flags.ts";

/** Flags of a command that takes the image of a commit. */
export const commitFlags = {
	commit: Flags.string({ summary: "Take the image that CI built of this commit: see cres ci status." }),
	wait: Flags.string({ summary: "How long --commit waits for a run that has not ended.", default: "30m" }),
};

interface ImageFlags {
	image?: string | undefined;
	channel?: string | undefined;
	commit?: string | undefined;
	wait: string;
	build: boolean;
	"allow-dirty": boolean;
	"allow-unattested": boolean;
}

/**
 * The image that the flags of `cres deploy` ask for. A channel stays one when --image names it.
 * @throws UserError usage, and those of resolveImage and imageOfCommit
 */
export async function wantedImage(
	context: Context,
	instances: readonly string[],
	flags: ImageFlags,
): Promise<WantedRelease> {
	assertOneChoice(flags);
	const { build, "allow-dirty": allowDirty, "allow-unattested": allowUnattested } = flags;
	const named = [flags.channel, context.config.channels.find((name) => name === flags.image)];
	const channel = named.find((name) => name !== undefined);
	if (allowUnattested && channel === undefined)
		throw new UserError("usage", "--allow-unattested is for the image of a channel, and none was named", {
			hint: "name one, as in --channel stable; an image by digest or build id needs no attestation",
		});
	const image = flags.image ?? (await commitImage(context, flags, instances));
	const reference = await resolveImage(context.build(), { image, channel, build, allowDirty, instances });
	return { reference, ...(channel === undefined ? {} : { channel: { name: channel, allowUnattested } }) };
}

function assertOneChoice({ image, channel, commit, build }: ImageFlags): void {
	const given = Object.entries({ image, channel, commit, build: build || undefined })
		.filter(([, value]) => value !== undefined)
		.map(([name]) => `--${name}`);
	if (given.length > 1)
		throw new UserError("usage", `${given.join(" and ")} cannot be given together`, {
			hint: "keep the one that names the image",
		});
}

/** The digest that CI has recorded for --commit; undefined without it. */
async function commitImage(
	context: Context,
	{ commit, wait }: ImageFlags,
	instances: readonly string[],
): Promise<string | undefined> {
	if (commit === undefined) return undefined;
	const waitMs = milliseconds(wait, "--wait");
	const { config } = context;
	const flavour = flavourOf(config, instances);
	const [{ imageOfCommit }, github] = await Promise.all([import("../github/commit-image.ts"), context.github()]);
	const ports = { ...context, github, root: config.root };
	return imageOfCommit(ports, { sha: commit, workflow: config.github.workflow, flavour, waitMs });
}
