import type { Config } from "../config/config.ts";
import { UserError } from "../errors/errors.ts";
import { recordedEndpoint } from "../instance/endpoint.ts";
import { keyFile } from "../instance/key-file.ts";
import { sshTarget, vastInstance, instanceConfig } from "../instance/open.ts";
import { quote, readHostKey, type SshTarget } from "../instance/ssh.ts";
import { dockerAlias, knownHostsPath, trust, vastAlias } from "./known-hosts.ts";
import type { Mapping } from "./mapping.ts";

/** A call of OpenSSH that trusts the pinned host key and no other. */
export interface SshCommand {
	/** Program and arguments. */
	argv: string[];
	/** The same for a POSIX shell. */
	command: string;
}

/** Where an instance answers as far as it is on record, and the name of its host key in known_hosts. */
interface PinnedTarget extends SshTarget {
	fingerprint: string;
	alias: string;
}

/** @throws UserError unknown_instance (usage), endpoint_unknown, host_key_unknown */
export async function pinnedTarget(config: Config, instance: string): Promise<PinnedTarget> {
	if (instanceConfig(config, instance).driver === "vast") return vastTarget(config, instance);
	const target = await sshTarget(config, instance);
	if (target.fingerprint === undefined)
		throw new UserError("host_key_unknown", `no host key is pinned for ${instance}`, {
			hint: `cres instance adopt ${instance}`,
		});
	return { ...target, fingerprint: target.fingerprint, alias: dockerAlias(instance) };
}

async function vastTarget(config: Config, name: string): Promise<PinnedTarget> {
	const { id, user, key } = vastInstance(config, name);
	const recorded = await recordedEndpoint(config.root, name);
	if (recorded?.contract !== id)
		throw new UserError("endpoint_unknown", `no endpoint of contract ${id} is on record for ${name}`, {
			hint: `cres endpoint rotate ${name}`,
		});
	const { host, port, fingerprint, generation } = recorded;
	return { name, host, port, user, key: keyFile(config.root, key), fingerprint, alias: vastAlias(id, generation) };
}

/**
 * The command that opens a shell on the instance, or runs `remote` there as OpenSSH would. The host is asked for its
 * key first, which must be the pinned one.
 * @throws UserError host_key_mismatch, instance_unreachable, and those of pinnedTarget
 */
export async function shellCommand(
	{ config, signal }: { config: Config; signal: AbortSignal },
	instance: string,
	remote: readonly string[],
): Promise<SshCommand> {
	const target = await trustedTarget(config, instance, signal);
	return commandOf(["ssh", ...options(config.root, target), `${target.user}@${target.host}`, ...remote]);
}

/** The command that forwards ports of this machine to ports of the instance. Throws as shellCommand. */
export async function tunnelCommand(
	{ config, signal }: { config: Config; signal: AbortSignal },
	instance: string,
	mappings: readonly Mapping[],
): Promise<SshCommand> {
	const target = await trustedTarget(config, instance, signal);
	const forwards = mappings.flatMap(({ local, remote }) => ["-L", `127.0.0.1:${local}:127.0.0.1:${remote}`]);
	const login = `${target.user}@${target.host}`;
	return commandOf([
		"ssh",
		"-N",
		...forwards,
		"-o",
		"ExitOnForwardFailure=yes",
		...options(config.root, target),
		login,
	]);
}

async function trustedTarget(config: Config, instance: string, signal: AbortSignal): Promise<PinnedTarget> {
	const target = await pinnedTarget(config, instance);
	const { fingerprint, publicKey } = await readHostKey(target, signal);
	if (fingerprint !== target.fingerprint) throw mismatch(config, target, fingerprint);
	await trust(config.root, target.alias, publicKey);
	return target;
}

function options(root: string, { port, key, alias }: PinnedTarget): string[] {
	return [
		...["-p", String(port), "-i", key],
		...["-o", `HostKeyAlias=${alias}`],
		...["-o", `UserKnownHostsFile=${optionPath(knownHostsPath(root))}`],
		...["-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"],
	];
}

/** A path inside an option (ssh_config(5)): blanks part two files, `%` begins a token, Windows takes `/` too. */
function optionPath(path: string): string {
	const text = path.replaceAll("\\", "/").replaceAll("%", "%%");
	return /\s/.test(text) ? `"${text}"` : text;
}

const commandOf = (argv: string[]): SshCommand => ({ argv, command: argv.map(quote).join(" ") });

const mismatch = (config: Config, { name, host, port, fingerprint }: PinnedTarget, seen: string) =>
	new UserError(
		"host_key_mismatch",
		`${host}:${port} shows host key ${seen}, but ${fingerprint} is pinned for ${name}`,
		{
			hint:
				instanceConfig(config, name).driver === "vast"
					? `the container may be a new one: cres endpoint discover ${name}`
					: `if the host was really re-made: cres instance adopt ${name} --replace-key`,
		},
	);
