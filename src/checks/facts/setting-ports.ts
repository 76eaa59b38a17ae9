import type { Tree } from "../tree/tree.ts";
import { stageOf } from "./addresses.ts";
import { mappingsOf } from "./config-files.ts";
import { envOf } from "./env.ts";
import type { Side } from "./found.ts";
import { isNamedLive } from "./named-ports.ts";
import { isEnvExample, standingOf } from "./standing.ts";

/** A key of a file of settings and the environment's name of the same words, with two numbers. */
export interface PortSides {
	name: string;
	setting: Side;
	env: readonly Side[];
}

/** `publicPort` and `public_port` as the environment has it. */
const upper = (key: string): string =>
	key
		.replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
		.replaceAll("-", "_")
		.toUpperCase();

/** Ports of settings that the environment has by the same name otherwise, where nothing else of what runs has the number. */
export function settingPorts(tree: Tree, isGeneric: (name: string) => boolean): PortSides[] {
	const keys = mappingsOf(tree).flatMap(({ file, keys: lines, texts }) =>
		[...texts].flatMap(([key, value]) =>
			/[a-z0-9][_-]?port$/i.test(key) && /^\d{3,5}$/.test(value) && !isGeneric(upper(key))
				? [{ name: upper(key), value, file, line: lines.get(key)! }]
				: [],
		),
	);
	if (keys.length === 0) return [];
	const sets = envOf(tree).filter(
		({ name, value, how, comment, file }) =>
			how === "sets" &&
			!comment &&
			name.endsWith("_PORT") &&
			/^\d{2,5}$/.test(value ?? "") &&
			(standingOf(file.path) === "live" || isEnvExample(file.path)),
	);
	return keys.flatMap(({ name, value, file, line }): PortSides[] => {
		const own = sets.filter((one) => one.name === name && stageOf(one.file, one.block) === stageOf(file));
		const values = new Set(own.map((one) => one.value!));
		if (values.size !== 1 || values.has(value) || isNamedLive(tree, Number(value), file)) return [];
		const env = own.map((one): Side => ({ value: one.value!, file: one.file, line: one.line }));
		return [{ name, setting: { value, file, line }, env }];
	});
}
