import { once } from "../tree/once.ts";
import type { SourceFile } from "../tree/source-file.ts";
import type { Tree } from "../tree/tree.ts";
import { dockerfileOf } from "./image-builds.ts";
import { mergedOutlineOf } from "./outline-aliases.ts";
import type { OutlineLine } from "./outline.ts";
import { standingOf } from "./standing.ts";

export interface Service {
	name: string;
	file: SourceFile;
	/** Of its name, counted from 1. */
	line: number;
	image: string | undefined;
	/** Folder it is built from, from the root of the tree; undefined when it is not built. */
	build: string | undefined;
	/** Dockerfile it is built with, from the root: by compose, or elsewhere in the tree under the name of its image. */
	dockerfile: string | undefined;
	lines: readonly OutlineLine[];
}

/** A value of a service with its line. */
export interface ServiceLine {
	value: string;
	line: number;
}

/** The services of a compose file; of another YAML none. */
function servicesIn(file: SourceFile): Service[] {
	if (file.language !== "yaml" || !file.has(/^services:/m)) return [];
	const lines = mergedOutlineOf(file).filter(({ path }) => path[0] === "services" && path.length > 1);
	const groups = Map.groupBy(lines, ({ path }) => path[1]!);
	return [...groups].filter(([name]) => name !== "-").map(([name, own]) => serviceOf(name, own, file));
}

/** Services of live compose files; of an image that the tree builds by itself with its Dockerfile. */
export const composeServices = once((tree: Tree): readonly Service[] => {
	const services = tree
		.in("yaml")
		.filter(({ path }) => standingOf(path) === "live" && !path.startsWith(".github/"))
		.flatMap(servicesIn)
		.map((service) =>
			service.build !== undefined || service.image === undefined
				? service
				: { ...service, dockerfile: dockerfileOf(tree, service.image) },
		);
	return services.map((service) =>
		service.dockerfile === undefined && VARIABLE.test(service.image ?? "")
			? { ...service, dockerfile: builtElsewhere(service, services) }
			: service,
	);
});

/** `${API_IMAGE:?}` */
const VARIABLE = /^\$(?:\w+|\{\w+(?:[:?-][^}]*)?\})$/;

/** The one Dockerfile that another compose file builds the service of that name with, or one that has the same variable for its image. */
function builtElsewhere({ image, file, name }: Service, all: readonly Service[]): string | undefined {
	const same = all.filter((one) => one.file === file && one.image === image).map((one) => one.name);
	const found = new Set(
		all
			.filter((one) => one.file !== file && one.dockerfile !== undefined && [name, ...same].includes(one.name))
			.map(({ dockerfile }) => dockerfile!),
	);
	return found.size === 1 ? [...found][0] : undefined;
}

function serviceOf(name: string, lines: readonly OutlineLine[], file: SourceFile): Service {
	const value = (...keys: string[]): string | undefined =>
		lines.find(({ path }) => path.slice(2).join(".") === keys.join("."))?.value;
	const folder = file.path.includes("/") ? file.path.slice(0, file.path.lastIndexOf("/") + 1) : "";
	const context = value("build", "context") ?? (value("build") === "" ? "." : value("build"));
	const build = context === undefined || /[$]/.test(context) ? undefined : join(folder, context);
	const dockerfile =
		build === undefined
			? undefined
			: join(build === "" ? "" : `${build}/`, value("build", "dockerfile") ?? "Dockerfile");
	return { name, file, line: lines[0]!.line, image: value("image"), build, dockerfile, lines };
}

const join = (folder: string, path: string): string => {
	const parts: string[] = [];
	for (const part of `${folder}/${path}`.split("/"))
		if (part === "..") parts.pop();
		else if (part !== "" && part !== ".") parts.push(part);
	return parts.join("/");
};

/** The items or the lines of one key of a service: `ports`, `command`. Flow lists are one item each. */
export function itemsOf({ lines }: Service, key: string): ServiceLine[] {
	return lines
		.filter(({ path, value }) => path[2] === key && value !== "")
		.flatMap(({ value, line }) => {
			const list = /^\[(.*)\]$/.exec(value)?.[1];
			return list === undefined || key === "command" || key === "healthcheck"
				? [{ value, line }]
				: list.split(",").map((one) => ({ value: one.trim().replaceAll(/["']/g, ""), line }));
		});
}
