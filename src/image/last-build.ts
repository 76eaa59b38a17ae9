import type { Flavour } from "../contracts/build-info.ts";
import { UserError } from "../errors/errors.ts";
import { buildTag, digestAt, imageElsewhere, isDigest, type ImagePlace } from "../registry/image-reference.ts";
import { lastBuild, type LastBuild } from "../state/last-build.ts";

/**
 * @param otherwise how the command takes another image
 * @throws UserError no_build (usage) when nothing of that flavour was pushed from here yet
 */
export async function assertLastBuild(state: string, flavour: Flavour, otherwise: string): Promise<LastBuild> {
	const build = await lastBuild(state, flavour);
	if (build) return build;
	throw new UserError("no_build", `no ${flavour} image was pushed from here yet`, {
		hint: `${buildCommand(flavour)}, or ${otherwise}`,
	});
}

/** The command that makes and pushes both images of a flavour. */
export const buildCommand = (flavour: Flavour): string =>
	`cres build all --push${flavour === "cpu" ? "" : ` --flavour ${flavour}`}`;

/**
 * What `--image` may be: a digest, `repository@digest`, a build id, or a tag of the app image's repository.
 * @throws UserError image_reference (usage)
 */
export function imageReference(text: string, place: ImagePlace): string {
	if (/^[0-9a-f]{12}(-dirty)?$/.test(text)) return buildTag(text);
	if (isDigest(text) || /^[\w][\w.-]{0,127}$/.test(text)) return text;
	const digest = digestAt(text, place);
	if (digest === "elsewhere") throw imageElsewhere(text, place);
	if (digest !== undefined) return digest;
	throw new UserError("image_reference", `"${text}" is neither a digest, a build id nor a tag`, {
		hint: "cres releases shows digests and build ids that ran",
	});
}
