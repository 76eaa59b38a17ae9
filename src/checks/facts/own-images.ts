import { once } from "../tree/once.ts";
import type { Tree } from "../tree/tree.ts";
import { workflowBuilds } from "../workflows/called.ts";
import { composeServices } from "./compose.ts";

/** Registry and path of an image, without tag, digest, and the parts that a variable gives. */
const repositoryOf = (image: string): string =>
	image
		.toLowerCase()
		.replaceAll(/\$\{[^}]*\}|\$\w+/g, "*")
		.replace(/@.*$/, "")
		.replace(/:[^:/]*$/, "");

/** Image → the Dockerfiles of the tree that it is built with, as workflows and compose files say. */
const builtWith = once((tree: Tree): ReadonlyMap<string, ReadonlySet<string>> => {
	const found = new Map<string, Set<string>>();
	const add = (image: string, dockerfile: string | undefined): void => {
		if (dockerfile === undefined || !tree.has(dockerfile) || !/\w\/[\w*.-]*\w/.test(image)) return;
		found.set(image, (found.get(image) ?? new Set()).add(dockerfile));
	};
	for (const { images, file } of workflowBuilds(tree)) for (const image of images) add(image.toLowerCase(), file);
	for (const { image, dockerfile } of composeServices(tree))
		if (image !== undefined) add(repositoryOf(image), dockerfile);
	return found;
});

/** The Dockerfile of the tree that an image is built with, as `image:` or a command names it; undefined where none, or several. */
export function dockerfileFor(tree: Tree, image: string): string | undefined {
	const all = builtWith(tree).get(repositoryOf(image));
	return all?.size === 1 ? [...all][0] : undefined;
}
