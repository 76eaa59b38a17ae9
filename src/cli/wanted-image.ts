import { resolveImage } from "../image/resolve-image.ts";
import type { WantedRelease } from "../rollout/wanted.ts";
import type { Context } from "./context.ts";

interface ImageFlags {
	image?: string | undefined;
	channel?: string | undefined;
	build: boolean;
	"allow-dirty": boolean;
	"allow-unattested": boolean;
}

/** The image that the flags of `cres deploy` ask for. A channel stays one when --image names it. */
export async function wantedImage(
	context: Pick<Context, "config" | "build">,
	instances: readonly string[],
	flags: ImageFlags,
): Promise<WantedRelease> {
	const { image, build, "allow-dirty": allowDirty, "allow-unattested": allowUnattested } = flags;
	const named = [flags.channel, context.config.channels.find((name) => name === image)];
	const channel = named.find((name) => name !== undefined);
	const reference = await resolveImage(context.build(), { image, channel, build, allowDirty, instances });
	return { reference, ...(channel === undefined ? {} : { channel: { name: channel, allowUnattested } }) };
}
