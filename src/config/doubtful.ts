import { RUNTIME_ENV } from "../contracts/runtime-env.ts";
import { nearest } from "../system/nearest.ts";
import type { Config } from "./config.ts";

/** Letters in which a slip differs from the name that was meant; short names are near each other without one. */
const slip = ({ length }: string): number => Math.min(2, Math.floor(length / 6));

/** Names under `env` that may be right, being the project's own, but look like a slip or a secret; one line each. */
export function doubtfulNames({ env, instances }: Pick<Config, "env" | "instances">): string[] {
	const doubts = (where: string, names: object): string[] =>
		Object.keys(names).flatMap((name) => {
			const why = doubtOf(name);
			return why === undefined ? [] : [`${where}.${name} ${why}`];
		});
	return [
		...doubts("env", env),
		...Object.entries(instances).flatMap(([name, one]) => doubts(`instances.${name}.env`, one.env)),
	];
}

function doubtOf(name: string): string | undefined {
	const known = Object.keys(RUNTIME_ENV);
	if (known.includes(name)) return undefined;
	if (/(^|_)(KEY|SECRET|TOKEN|PASSWORD)$/.test(name)) return "looks like a secret, and is shown wherever settings are";
	const meant = nearest(name, known, slip(name));
	return meant && `is not read by cres; ${meant} is`;
}
