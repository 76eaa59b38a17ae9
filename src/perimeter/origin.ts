import { LineCounter, isMap, isNode, parseDocument } from "yaml";
import type { Config } from "../config/config.ts";
import { assignmentsOf } from "../system/dotenv.ts";
import type { Place } from "./check.ts";

type Path = readonly string[];

/** Settings that give a name of the environment its value where neither `env` nor the instance does. */
const SETTINGS: Readonly<Record<string, readonly Path[]>> = {
	TEMPORAL_ADDRESS: [
		["temporal", "instance_address"],
		["temporal", "address"],
	],
	TEMPORAL_NAMESPACE: [["temporal", "namespace"]],
	MINIO_ENDPOINT: [
		["store", "instance_endpoint"],
		["store", "endpoint"],
	],
	MINIO_SECURE: [["store", "secure"]],
	MINIO_BUCKET: [["store", "bucket"]],
	BASE_TASK_QUEUE: [["queue"]],
};

/** Finds the lines of a project's settings. */
export interface Origins {
	setting: (path: Path) => Place;
	/** A clear name of an instance's environment. */
	variable: (instance: string, name: string) => Place;
	secret: (name: string) => Place;
}

/** @param file name of cres.yaml, for people */
export function createOrigins(
	file: string,
	yaml: string,
	dotenv: string,
	{ environment }: Pick<Config, "environment">,
): Origins {
	const lines = new LineCounter();
	const document = parseDocument(yaml.replace(/^\uFEFF/, ""), { lineCounter: lines });
	const lineOf = (path: Path): number | null => {
		const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
		const pair = isMap(parent) ? parent.items.find(({ key }) => String(key) === path.at(-1)) : undefined;
		return pair && isNode(pair.key) && pair.key.range ? lines.linePos(pair.key.range[0]).line : null;
	};
	const first = (paths: readonly Path[]): Place => {
		const line = paths.map(lineOf).find((found) => found !== null) ?? null;
		return { file, line };
	};
	return {
		setting: (path) => first([path]),
		variable: (instance, name) =>
			first([["instances", instance, "env", name], ["env", name], ...(SETTINGS[name] ?? []), ["instances", instance]]),
		secret: (name) => {
			const source = environment.find((one) => one.name === name)?.source;
			return source === ".env" ? { file: ".env", line: dotenvLine(dotenv, name) } : { file: "environment", line: null };
		},
	};
}

/** The last line that sets a name: it is the one that counts. */
const dotenvLine = (text: string, name: string): number | null =>
	assignmentsOf(text).findLast((one) => one.name === name)?.line ?? null;
