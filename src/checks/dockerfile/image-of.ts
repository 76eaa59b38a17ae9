import { posix } from "node:path";
import { imagesOf } from "../facts/images.ts";
import { isAside } from "../tree/aside.ts";
import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { buildsOf } from "../workflows/builds.ts";
import { readableOf } from "../workflows/model.ts";
import { filled } from "../workflows/tags.ts";
import { dockerfilesOf } from "./model.ts";

const repositoryOf = (image: string): string => image.replace(/@sha256:.*$/, "").replace(/:[^/]*$/, "");

/** Repository → the Dockerfiles that workflows build it from, from the root. */
const builtFrom = once((tree: Tree): ReadonlyMap<string, ReadonlySet<string>> => {
	const found = new Map<string, Set<string>>();
	for (const build of readableOf(tree).flatMap(({ jobs }) => jobs.flatMap(buildsOf)))
		for (const { text } of build.tags) {
			const repository = repositoryOf(filled(text, build.step).replaceAll(/["']/g, ""));
			if (build.file !== undefined) found.set(repository, (found.get(repository) ?? new Set()).add(build.file));
		}
	return found;
});

const TITLE = /\borg\.opencontainers\.image\.title["']?\s*=\s*["']?([\w./-]+)/;

/**
 * The Dockerfile that an image of the tree's own is built from: by a workflow that tags it so, by the title that it
 * bears, or by its name (`acme/clips-control`, `Dockerfile.control`) beside other images of the same owner.
 */
export function dockerfileOf(tree: Tree, image: string): string | undefined {
	const repository = repositoryOf(image);
	const base = posix.basename(repository);
	if (!repository.includes("/") || /[$*]/.test(repository)) return undefined;
	const built = builtFrom(tree).get(repository);
	if (built?.size === 1) return [...built][0];
	const models = dockerfilesOf(tree).filter(({ file }) => !isAside(file.path));
	const titled = models.filter(({ steps }) =>
		steps.some(({ keyword, rest }) => keyword === "LABEL" && TITLE.exec(rest)?.[1] === base),
	);
	if (titled.length > 0) return titled.length === 1 ? titled[0]!.file.path : undefined;
	const owner = posix.dirname(repository);
	const isOurs = imagesOf(tree).some((one) => one.how === "makes" && posix.dirname(one.repository) === owner);
	const named = isOurs
		? models.filter(({ file }) => nameOf(file.path) !== undefined && base.endsWith(`-${nameOf(file.path)!}`))
		: [];
	return named.length === 1 ? named[0]!.file.path : undefined;
}

/** `control` of `docker/Dockerfile.control`, `control.Dockerfile` and `control/Dockerfile`. */
const nameOf = (path: string): string | undefined =>
	/(?:^|\/)(?:Dockerfile\.([\w-]+)|([\w-]+)\.Dockerfile|([\w-]+)\/Dockerfile)$/i
		.exec(path)
		?.slice(1)
		.find((one) => one !== undefined);
