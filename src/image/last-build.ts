import { join } from "node:path";
import { z } from "zod";
import type { Flavour } from "../contracts/build-info.ts";
import { UserError } from "../errors/errors.ts";
import { buildTag } from "../registry/image-reference.ts";
import { readTextIfExists, writeTextAtomic } from "../system/files.ts";

const lastBuildSchema = z.object({
	digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
	buildId: z.string(),
	/** RFC 3339. */
	pushedAt: z.string(),
});
export type LastBuild = z.infer<typeof lastBuildSchema>;

const pathOf = (root: string, flavour: Flavour): string =>
	join(root, ".cres", flavour === "cpu" ? "last-build.json" : `last-build-${flavour}.json`);

/** Remembers the app image of a flavour that was pushed last from this project: what `cres deploy` takes by default. */
export const rememberBuild = (root: string, flavour: Flavour, build: LastBuild): Promise<void> =>
	writeTextAtomic(pathOf(root, flavour), `${JSON.stringify(build)}\n`, 0o600);

/** @throws UserError no_build when nothing of that flavour was pushed from here yet */
export async function lastBuild(root: string, flavour: Flavour): Promise<LastBuild> {
	const text = await readTextIfExists(pathOf(root, flavour));
	if (text !== undefined) return lastBuildSchema.parse(JSON.parse(text));
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
