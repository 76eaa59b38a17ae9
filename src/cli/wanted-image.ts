import { Flags } from "@oclif/core";
import { flavourOf, resolveImage } from "../image/resolve-image.ts";
import type { Context } from "./context.ts";
import { milliseconds } from "./flags.ts";

/** Flags of a command that takes the image of a commit. */
export const commitFlags = {
	commit: Flags.string({
		summary: "Take the image that CI built of this commit: see cres ci status.",
		exclusive: ["image", "build"],
	}),
	wait: Flags.string({ summary: "How long --commit waits for a run that has not ended.", default: "30m" }),
};

interface ImageFlags {
	image?: string | undefined;
	commit?: string | undefined;
	wait: string;
	build: boolean;
	"allow-dirty": boolean;
}

/** The image that the flags of a deploy name. @throws UserError usage, and those of resolveImage and imageOfCommit */
export async function wantedImage(context: Context, flags: ImageFlags, instances: readonly string[]): Promise<string> {
	const { build, "allow-dirty": allowDirty } = flags;
	const image = flags.image ?? (await commitImage(context, flags, instances));
	return resolveImage(context.build(), { image, build, allowDirty, instances });
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
