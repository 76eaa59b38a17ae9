import { ownOf } from "../system/own-of.ts";
import type { Path } from "../system/yaml-text.ts";

/** Services whose health cres knows how to ask without being told. */
const SELF_EVIDENT = ["temporal", "store", "worker"];

interface Given {
	after?: unknown;
	ready?: unknown;
	backend?: unknown;
}

/** What the schema of `control.services` cannot say: unknown names in `after`, circles, health that nobody can ask. */
export function controlFaults(services: object): { path: Path; message: string }[] {
	const known = Object.entries(services).filter((entry): entry is [string, Given] => isObject(entry[1]));
	const names = Object.keys(services);
	return known.flatMap(([name, given]) => {
		const path = ["control", "services", name];
		const unknown = afterOf(given).filter((one) => !names.includes(one));
		const circle = circleFrom(name, Object.fromEntries(known));
		return [
			...unknown.map((one) => ({
				path: [...path, "after"],
				message: `${one} is no service; there are ${names.join(", ")}`,
			})),
			...(circle ? [{ path: [...path, "after"], message: `it waits for itself: ${circle.join(" → ")}` }] : []),
			...(given.ready === undefined && given.backend === undefined && !SELF_EVIDENT.includes(name)
				? [{ path, message: "expected ready: how its health is asked; it is missing" }]
				: []),
		];
	});
}

const isObject = (value: unknown): boolean => value !== null && typeof value === "object";

const afterOf = ({ after }: Given): string[] =>
	Array.isArray(after) ? after.filter((one): one is string => typeof one === "string") : [];

/** The circle that begins and ends with this service. */
function circleFrom(name: string, services: Readonly<Record<string, Given>>): string[] | undefined {
	const seen = new Set<string>();
	const walk = (path: readonly string[]): string[] | undefined => {
		for (const next of afterOf(ownOf(services, path.at(-1)!) ?? {})) {
			if (next === name) return [...path, next];
			if (seen.has(next)) continue;
			seen.add(next);
			const found = walk([...path, next]);
			if (found) return found;
		}
		return undefined;
	};
	return walk([name]);
}
