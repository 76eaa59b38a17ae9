import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { standingOf } from "./standing.ts";

/** What a rented machine is made from: an image and the ports of its container that are published. */
export interface MachineTemplate {
	/** As it is written; a tag may be added later. */
	image: string;
	ports: readonly { port: number; file: SourceFile; line: number }[];
}

const IMAGE =
	/^[ \t]*["']?(?:image|image_?name|docker_?image)["']?[ \t]*:[ \t]*["']?([\w.-]+(?:\/[\w.-]+)+(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?)["']?,?[ \t]*$/gim;
/** `"ports": ["8080:8080"]`, `ports: 8080/http,22/tcp`, with lines of their own. */
const PORTS =
	/^[ \t]*["']?ports["']?[ \t]*:([^\n]*(?:\n[ \t]*(?:-[ \t]*)?["']?[\d:]+(?:\/\w+)?["']?,?[ \t]*(?=\n|$))*)/gim;
const PUBLISHED = /(?<![\w.:/])(?:\d{2,5}:)?(\d{2,5})(?:\/(?:tcp|http))?(?![\w.:/])/g;
/** Vast's options of docker in a text: `"env": "-p 8080:8080 -e A=b"`. */
const OPTION = /(?<![\w-])-p[ \t]+(?:\d{2,5}:)(\d{2,5})(?:\/tcp)?(?=[\s"'])/g;
/** Files of other programs with keys of the same names. */
const OTHERS = /^services:|^kind:|^apiVersion:|^jobs:|^stages:|forwardPorts|taskDefinition|"containerDefinitions"/m;

/** The JSON and YAML files of a tree that name one image and the ports of its container. */
export const machineTemplates = (tree: Tree): MachineTemplate[] =>
	tree.in("json", "yaml").flatMap((file) => {
		const { text, path } = file;
		if (!file.has(/ports|-p \d/i) || text.length > 50_000 || standingOf(path) !== "live" || OTHERS.test(text))
			return [];
		const images = new Set([...text.matchAll(IMAGE)].map(([, image]) => image!));
		const listed = [...text.matchAll(PORTS)].flatMap(({ 0: all, 1: list, index }) =>
			[...list!.matchAll(PUBLISHED)].map(({ 1: port, index: at }) => ({
				port: Number(port),
				at: index + all.length - list!.length + at,
			})),
		);
		const given = [...text.matchAll(OPTION)].map(({ 1: port, index }) => ({ port: Number(port), at: index }));
		const ports = [...listed, ...given].map(({ port, at }) => ({ port, file, line: file.lineAt(at) }));
		return images.size === 1 && ports.length > 0 ? [{ image: [...images][0]!, ports }] : [];
	});
