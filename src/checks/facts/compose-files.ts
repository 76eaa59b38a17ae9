import { parseDocument } from "yaml";
import { expandsTooFar } from "../data/yaml-aliases.ts";
import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { Part } from "../workflows/part.ts";
import { mayBeLaid } from "./compose-layers.ts";
import { standingOf } from "./standing.ts";

/** A compose file, and what stands beside it. */
export interface ComposeFile {
	file: SourceFile;
	/** Its folder from the root of the tree, empty or with a slash at its end. */
	folder: string;
	root: Part;
	services: ReadonlyMap<string, Part>;
	/** The compose files of its folder, which may be laid over it; itself among them. */
	beside: readonly ComposeFile[];
	/** It takes in others. */
	open: boolean;
}

const NAME = /(?:^|\/)(?:docker-)?compose[^/]*\.ya?ml$/;

/** The compose files that parse. */
export const composeFiles = once((tree: Tree): readonly ComposeFile[] => {
	const made = tree
		.in("yaml")
		.filter((file) => NAME.test(file.path) && standingOf(file.path) === "live" && file.has(/^services:/m))
		.flatMap((file) => {
			const document = parseDocument(file.text, {
				prettyErrors: false,
				uniqueKeys: false,
				merge: true,
				logLevel: "silent",
			});
			if (expandsTooFar(document)) return [];
			const root = new Part(file, document, document.contents);
			const folder = file.path.slice(0, file.path.lastIndexOf("/") + 1);
			const open = root.get("include") !== undefined || file.has(/^\s*extends:/m);
			const one = { file, folder, root, services: root.get("services")?.map ?? new Map<string, Part>(), open };
			return document.errors.length > 0 || file.has(/\{\{|\{%/) ? [] : [{ ...one, beside: [] as ComposeFile[] }];
		});
	for (const one of made)
		one.beside.push(...made.filter(({ folder, file }) => folder === one.folder && mayBeLaid(tree, one.file, file)));
	return made;
});

/** The items of a list, or the keys of a mapping, with the names that they give. */
export function namesIn(part: Part | undefined): readonly { name: string; part: Part }[] {
	if (part === undefined) return [];
	const items = part.list.flatMap((one) => {
		const named = one.text === undefined ? one.get("source") : one;
		return named?.text === undefined ? [] : [{ name: named.text, part: named }];
	});
	return [...items, ...[...part.map].map(([name, one]) => ({ name, part: one }))];
}
