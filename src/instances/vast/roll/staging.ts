import { RUNTIME_ENV, type RuntimeVariable } from "../../../contracts/runtime-env.ts";
import { secretValues, type Config } from "../../../config/config.ts";
import { UserError } from "../../../errors/errors.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import type { Secret } from "../../../secrets/secret.ts";
import type { Contract, Staging } from "../../../vast/vast.ts";
import { rolloutId } from "../../../state/journal.ts";
import type { RunSpec } from "../../../state/releases.ts";
import { renderOnStart } from "./on-start.ts";

/** The platform's limit for all names and values together. */
const MAXIMUM_ENV_BYTES = 32_768;

interface WantedStaging {
	/** Id of the rollout; marks the on-start. */
	rollout: string;
	/** `registry/repository:tag` */
	reference: string;
	spec: RunSpec;
	specHash: string;
	secrets: Readonly<Record<string, Secret>>;
}

/**
 * What the platform is told. The environment is always sent whole, with the port flags that the contract was made with:
 * whether it merges or replaces is not documented.
 * @throws UserError env_too_large, on_start_too_long (usage)
 */
export function stagingOf(wanted: WantedStaging, contract: Pick<Contract, "env">): Required<Staging> {
	const { spec, secrets, reference } = wanted;
	const flags = contract.env
		.filter(({ name }) => name.startsWith("-"))
		.map(({ name, value }) => [name, value.reveal()]);
	const hidden = Object.entries(secrets).map(([name, value]) => [name, value.reveal()]);
	const env = Object.fromEntries([...flags, ...Object.entries(spec.env), ...hidden]) as Record<string, string>;
	const bytes = Buffer.byteLength(JSON.stringify(env));
	if (bytes > MAXIMUM_ENV_BYTES)
		throw new UserError("env_too_large", `the environment has ${bytes} bytes, Vast takes ${MAXIMUM_ENV_BYTES}`, {
			hint: "leave some of env in cres.yaml out",
		});
	const names = Object.keys(spec.env).filter((name) => !isSecret(name) && !Object.hasOwn(secrets, name));
	return { image: reference, env, onstart: renderOnStart({ ...wanted, names }) };
}

/** As long as those of a contract's first million rollouts. */
const LONGEST_ID = rolloutId(0, 999_999);

/** Why the platform would refuse a release, known before anything is touched: env_too_large, on_start_too_long. */
export function beyondLimits(
	config: Config,
	{ reference, spec, specHash }: NextRelease,
	contract: Contract | undefined,
): UserError[] {
	const wanted = { rollout: LONGEST_ID, reference, spec, specHash, secrets: secretValues(config) };
	try {
		stagingOf(wanted, contract ?? { env: [] });
		return [];
	} catch (error) {
		if (error instanceof UserError) return [error];
		throw error;
	}
}

const isSecret = (name: string): boolean => (RUNTIME_ENV as Record<string, RuntimeVariable>)[name]?.secret ?? false;
