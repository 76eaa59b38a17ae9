import { copiesOf } from "../dockerfile/image-files.ts";
import { dockerfilesOf } from "../dockerfile/model.ts";
import { posix } from "node:path";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { composeServices, itemsOf } from "./compose.ts";
import type { Asker, Listener, Ports } from "./ports.ts";

/** Somebody on the host asks the port that a service has inside its container; the host publishes another one. */
export interface Inner {
	asker: Asker;
	/** The port of the host. */
	outer: number;
	service: string;
	file: SourceFile;
	line: number;
}

/** Askers on the host of ports that are published under another number, and that nothing else may listen on. */
export function innerAsked(tree: Tree, { askers, listeners }: Ports): Inner[] {
	const mapped = composeServices(tree).flatMap((service) =>
		itemsOf(service, "ports").flatMap(({ value, line }) => {
			const [, outer, inner] = /^(?:(?:\d+\.){3}\d+:)?(\d{2,5}):(\d{2,5})(?:\/tcp)?$/.exec(value) ?? [];
			return outer === undefined ? [] : [{ outer: Number(outer), inner: Number(inner), service, line }];
		}),
	);
	const outers = new Set(mapped.map(({ outer }) => outer));
	const inside = (port: number) => mapped.filter(({ inner, outer }) => inner === port && outer !== port);
	return askers.flatMap((asker): Inner[] => {
		const [only, ...more] = outers.has(asker.port) ? [] : inside(asker.port);
		if (only === undefined || more.length > 0 || !isOnHost(tree, asker)) return [];
		if (listeners.some((one) => one.sure && one.port === asker.port && mayBeOnHost(one))) return [];
		const { outer, service, line } = only;
		return [{ asker, outer, service: service.name, file: service.file, line }];
	});
}

const mayBeOnHost = ({ file }: Listener): boolean => file.language !== "dockerfile";

const HOST: ReadonlySet<string> = new Set(["nginx", "ini", "shell", "powershell"]);

/** In no image and no container: nobody copies or mounts the file, and the line enters none. */
function isOnHost(tree: Tree, { file, line }: Asker): boolean {
	if (!HOST.has(file.language) || /supervisord?[^/]*\.conf$/.test(file.path)) return false;
	if (/\b(?:exec|run|ssh|kubectl)\b/.test(file.lines[line - 1] ?? "")) return false;
	const names = [posix.basename(file.path), ...folders(file.path)];
	const copied = dockerfilesOf(tree).some(({ stages }) =>
		stages
			.flatMap(copiesOf)
			.some(({ sources }) =>
				sources.some((source) => /^\.?\/?$|\*/.test(source) || names.some((name) => isPart(source, name))),
			),
	);
	const mounted = composeServices(tree).some((service) =>
		[...itemsOf(service, "volumes"), ...itemsOf(service, "configs"), ...itemsOf(service, "command")].some(({ value }) =>
			names.some((name) => isPart(value.split(":")[0]!, name)),
		),
	);
	return !copied && !mounted;
}

/** The folders above a file, by their paths from the root. */
const folders = (path: string): string[] => {
	const above = posix.dirname(path);
	return above === "." ? [] : [above, ...folders(above)];
};

const isPart = (path: string, name: string): boolean => {
	const bare = path.replace(/^(?:\.{0,2}\/)+|\/$/g, "");
	return bare === name || bare.endsWith(`/${name}`);
};
