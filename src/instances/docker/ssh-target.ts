import { UserError } from "../../errors/errors.ts";
import { pinnedHostKey } from "../../state/host-keys.ts";
import { dockerAlias } from "../../state/known-hosts.ts";
import type { KnownEndpoint, PinnedTarget } from "../endpoint.ts";
import { keyFile } from "../ssh/key-file.ts";
import type { DockerPorts } from "./ports.ts";

type Target = Pick<DockerPorts, "name" | "settings" | "config">;

/** Where cres.yaml says that it answers, and the host key that is pinned. */
export async function endpoint({ name, settings, config }: Target): Promise<KnownEndpoint> {
	const { host, port } = settings;
	const fingerprint = (await pinnedHostKey(config.state, name))?.fingerprint ?? null;
	const unknown = { via: null, generation: null, contract: null, verifiedBy: null, since: null };
	return { host, port, ...unknown, fingerprint };
}

/** @throws UserError host_key_unknown */
export async function sshTarget({ name, settings, config }: Target): Promise<PinnedTarget> {
	const { host, port, user, key } = settings;
	const pin = await pinnedHostKey(config.state, name);
	if (pin === undefined)
		throw new UserError("host_key_unknown", `no host key is pinned for ${name}`, {
			hint: `cres instance adopt ${name}`,
		});
	const remedy = `if the host was really re-made: cres instance adopt ${name} --replace-key`;
	const { fingerprint, type: keyType = "unknown" } = pin;
	const login = { name, host, port, user, key: keyFile(config.root, key) };
	return { ...login, fingerprint, keyType, alias: dockerAlias(name), remedy };
}
