import type { Flavour } from "../contracts/build-info.ts";
import { UserError } from "../errors/errors.ts";
import { buildTag } from "../registry/image-reference.ts";
import { lastBuild, type LastBuild } from "../state/last-build.ts";

/** @throws UserError no_build (usage) when nothing of that flavour was pushed from here yet */
export async function assertLastBuild(state: string, flavour: Flavour): Promise<LastBuild> {
	const build = await lastBuild(state, flavour);
	if (build) return build;
	throw new UserError("no_build", `no ${flavour} image was pushed from here yet`, {
		hint: `${buildCommand(flavour)}, or name one with --image`,
	});
}

/** The command that makes and pushes both images of a flavour. */
export const buildCommand = (flavour: Flavour): string =>
	`cres build all --push${flavour === "cpu" ? "" : ` --flavour ${flavour}`}`;

/** What `--image` may be: a digest, `repository@digest`, a build id, or a tag of the app image's repository. */
export function imageReference(text: string): string {
	if (/^[0-9a-f]{12}(-dirty)?$/.test(text)) return buildTag(text);
	const reference = text.includes("@") ? text.slice(text.lastIndexOf("@") + 1) : text;
	if (/^sha256:[0-9a-f]{64}$/.test(reference) || /^[\w][\w.-]{0,127}$/.test(reference)) return reference;
	throw new UserError("image_reference", `${text} is neither a digest, a build id nor a tag`, {
		hint: "cres releases shows digests and build ids that ran",
	});
}
