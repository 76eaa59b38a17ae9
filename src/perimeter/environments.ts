import type { Config } from "../config/config.ts";
import { RUNTIME_ENV, type RuntimeVariable } from "../contracts/runtime-env.ts";
import type { EnvironmentValue } from "./check.ts";
import type { Origins } from "./origin.ts";

type Clear = Readonly<Record<string, string>>;

/** What cres.yaml and .env give an instance, each name with where it comes from. */
export function configuredEnvironment(
	{ secrets, secret }: Pick<Config, "secrets" | "secret">,
	instance: string,
	rendered: Clear,
	origins: Origins,
): EnvironmentValue[] {
	const clear = Object.entries(rendered).map(([name, value]) => ({
		name,
		value,
		at: origins.variable(instance, name),
	}));
	const hidden = secrets.flatMap((name) => {
		const value = secret(name)?.reveal(); // only looked into: check.ts shows nothing of it
		return value === undefined ? [] : [{ name, value, secret: true, at: origins.secret(name) }];
	});
	return [...clear, ...hidden];
}

/** What a container has that cres.yaml does not give it now: from its image, its host, or a release before. Without secrets. */
export function strayEnvironment(
	{ secrets }: Pick<Config, "secrets">,
	instance: string,
	running: Clear,
	rendered: Clear,
): EnvironmentValue[] {
	const known: Readonly<Record<string, RuntimeVariable>> = RUNTIME_ENV;
	const isSecret = (name: string): boolean =>
		secrets.includes(name) || known[name]?.secret === true || /(KEY|SECRET|TOKEN|PASSWORD)$/.test(name);
	const at = { file: `container of ${instance}`, line: null };
	return Object.entries(running).flatMap(([name, value]) =>
		isSecret(name) || rendered[name] === value ? [] : [{ name, value, at }],
	);
}
