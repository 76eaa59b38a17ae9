import { UserError } from "../../errors/errors.ts";
import { secretValues, type Config } from "../../config/config.ts";
import { renderRunSpec } from "../../rollout/run-spec.ts";
import type { ControlService } from "../services.ts";

/** The instance name of a worker that cres.yaml does not name. */
const INSTANCE = "control";

/** The environment that a service is started with, secrets in clear. @throws UserError control_secret_missing */
export function environmentOf(config: Config, service: ControlService): Record<string, string> {
	return { ...runtimeEnvironment(config, service), ...service.env, ...namedSecrets(config, service) };
}

/** As an instance gets it, but with the addresses that this machine uses. */
function runtimeEnvironment(config: Config, { runtimeEnv }: ControlService): Record<string, string> {
	if (!runtimeEnv) return {};
	const { instance_address: _address, ...temporal } = config.temporal;
	const { instance_endpoint: _endpoint, ...store } = config.store;
	const here = { ...config, temporal, store };
	const { env } = renderRunSpec(here, INSTANCE, { roles: ["cpu"], env: {} }, {}, false);
	const secrets = Object.entries(secretValues(config)).map(([name, secret]) => [name, secret.reveal()]);
	return { ...env, ...(Object.fromEntries(secrets) as Record<string, string>) };
}

function namedSecrets(config: Pick<Config, "secret">, { name, secrets }: ControlService): Record<string, string> {
	return Object.fromEntries(
		Object.entries(secrets).map(([variable, from]) => {
			const secret = config.secret(from);
			if (!secret)
				throw new UserError("control_secret_missing", `${name} needs ${from}, which has no value`, {
					hint: `put ${from}=… into .env, and ${from} under secrets of cres.yaml if it is a name of your own`,
				});
			return [variable, secret.reveal()];
		}),
	);
}
