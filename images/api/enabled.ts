import { z } from "zod";
import type { ApiRole } from "./roles.ts";

/** A module as far as it is chosen. */
interface Choice {
	name: string;
	roles: readonly ApiRole[];
}

/** ENABLED_MODULES: names by commas; empty: all of the role. */
export const enabledModulesSchema = z.string().transform((text) =>
	text
		.split(",")
		.map((name) => name.trim())
		.filter(Boolean),
);

/**
 * The names of the modules that an api has, core always among them; `wanted` is empty for all that the role may have.
 * @throws Error that names every unknown one and the known ones
 */
export function enabledModules(wanted: readonly string[], role: ApiRole, known: readonly Choice[]): string[] {
	const may = known.filter(({ roles }) => roles.includes(role)).map(({ name }) => name);
	const unknown = wanted.filter((name) => !may.includes(name));
	if (unknown.length > 0)
		throw new Error(
			`ENABLED_MODULES names ${unknown.join(", ")}; with API_ROLE=${role} there are ${may.toSorted().join(", ")}`,
		);
	return wanted.length === 0 ? may : may.filter((name) => name === "core" || wanted.includes(name));
}
