import type { Config } from "../config/config.ts";
import type { InstanceConfig } from "../config/schema.ts";
import { UserError } from "../errors/errors.ts";
import { didYouMean } from "../system/nearest.ts";
import { shellWord } from "../system/text.ts";

/** The settings of a configured instance. @throws UserError unknown_instance (usage) */
export function instanceConfig(config: Pick<Config, "instances">, name: string): InstanceConfig {
	const found = Object.hasOwn(config.instances, name) ? config.instances[name] : undefined;
	if (found) return found;
	const names = Object.keys(config.instances);
	const hint =
		names.length === 0
			? `cres instance adopt ${name} --host HOST --user USER --key FILE`
			: didYouMean(name, names, `cres.yaml has: ${names.join(", ")}`);
	throw new UserError("unknown_instance", `no instance is called ${shellWord(name)}`, { hint });
}
