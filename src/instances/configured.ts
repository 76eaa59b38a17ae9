import type { Config } from "../config/config.ts";
import { withInstance } from "../config/edit.ts";
import { editConfig, instanceIn } from "../config/edit-file.ts";
import type { InstanceConfig } from "../config/schema.ts";
import { INSTANCE_NAME, INSTANCE_NAME_FORM } from "../contracts/instance-name.ts";
import { UserError } from "../errors/errors.ts";
import { shellWord } from "../system/text.ts";

type OfDriver<D> = Extract<InstanceConfig, { driver: D }>;

/** @throws UserError usage when no instance can be called so: it is known before anything is asked or written */
export function assertInstanceName(name: string): void {
	if (!INSTANCE_NAME.test(name))
		throw new UserError("usage", `${shellWord(name)} cannot be the name of an instance`, {
			hint: `take at most 41 ${INSTANCE_NAME_FORM}`,
		});
}

/** What cres.yaml says of an instance, if anything. @throws UserError wrong_driver when it is one of another driver */
export function knownInstance<D extends InstanceConfig["driver"]>(
	config: Config,
	name: string,
	driver: D,
): OfDriver<D> | undefined {
	const known = Object.hasOwn(config.instances, name) ? config.instances[name] : undefined;
	if (known && known.driver !== driver)
		throw new UserError(
			"wrong_driver",
			`${name} does not use driver ${driver}: cres.yaml gives it driver ${known.driver}`,
			{
				hint: `choose another name, or remove instances.${name} from cres.yaml first`,
			},
		);
	return known as OfDriver<D> | undefined;
}

/** Writes an instance into cres.yaml, settings that are there and not given kept. False when it says so already. */
export function recordInstance(
	config: Config,
	name: string,
	settings: Readonly<Record<string, unknown>>,
): Promise<boolean> {
	return editConfig(config.file, (text) => {
		const now: Record<string, unknown> | undefined = instanceIn(text, name); // it may have changed since it was loaded
		const isSame = ([key, value]: [string, unknown]) => JSON.stringify(now?.[key]) === JSON.stringify(value);
		if (now && Object.entries(settings).every(isSame)) return text;
		const known = now ?? (Object.hasOwn(config.instances, name) ? config.instances[name] : undefined) ?? {};
		const kept = Object.fromEntries(Object.entries(known).filter(([, value]) => JSON.stringify(value) !== "{}"));
		return withInstance(text, name, { ...kept, ...settings });
	});
}
