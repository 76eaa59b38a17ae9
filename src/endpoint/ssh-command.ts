import type { Config } from "../config/config.ts";
import { UserError } from "../errors/errors.ts";
import type { PinnedTarget } from "../instances/endpoint.ts";
import type { Instance } from "../instances/instance.ts";
import { readPinnedKey } from "../instances/ssh/session.ts";
import { hostAndPort } from "../system/hosts.ts";
import { shellWord } from "../system/text.ts";
import { knownHostsPath, trust } from "../state/known-hosts.ts";
import type { Mapping } from "./mapping.ts";

/** A call of OpenSSH that trusts the pinned host key and no other. */
export interface SshCommand {
	/** Program and arguments. */
	argv: string[];
	/** The same for a POSIX shell. */
	command: string;
}

/**
 * The command that opens a shell on the instance, or runs `remote` there as OpenSSH would. The host is asked for its
 * key first, which must be the pinned one.
 * @throws UserError host_key_mismatch, instance_unreachable, and those of its sshTarget
 */
export async function shellCommand(
	{ config, signal }: { config: Config; signal: AbortSignal },
	instance: Instance,
	remote: readonly string[],
): Promise<SshCommand> {
	const target = await trustedTarget(config, instance, signal);
	return commandOf(["ssh", ...options(config.state, target), ...destination(target), ...remote]);
}

/**
 * The command that forwards ports of this machine to ports of the instance's container: on a Docker host to those that
 * listen on its bridge. Throws as shellCommand, and nothing_runs.
 */
export async function tunnelCommand(
	{ config, signal }: { config: Config; signal: AbortSignal },
	instance: Instance,
	mappings: readonly Mapping[],
): Promise<SshCommand> {
	const [target, host] = await Promise.all([trustedTarget(config, instance, signal), instance.portHost()]);
	const forwards = mappings.flatMap(({ local, remote }) => ["-L", `127.0.0.1:${local}:${host}:${remote}`]);
	return commandOf([
		"ssh",
		"-N",
		...forwards,
		"-o",
		"ExitOnForwardFailure=yes",
		...options(config.state, target),
		...destination(target),
	]);
}

async function trustedTarget(config: Config, instance: Instance, signal: AbortSignal): Promise<PinnedTarget> {
	const target = await instance.sshTarget();
	const { fingerprint, publicKey } = await readPinnedKey(target, signal);
	if (fingerprint !== target.fingerprint) throw mismatch(target, fingerprint);
	await trust(config.state, target.alias, publicKey);
	return target;
}

function options(state: string, { port, key, alias }: PinnedTarget): string[] {
	return [
		...["-p", String(port), "-i", key],
		...["-o", `HostKeyAlias=${alias}`],
		...["-o", `UserKnownHostsFile=${optionPath(knownHostsPath(state))}`],
		...["-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"],
		...ONLY_THE_PIN,
		...NOTHING_OF_OURS,
		...PATIENCE,
	];
}

/** Nothing that ssh_config of this machine adds: other lists of keys, keys from DNS, and keys that the host tells of later. */
const ONLY_THE_PIN = ["GlobalKnownHostsFile=none", "VerifyHostKeyDNS=no", "UpdateHostKeys=no"].flatMap((one) => [
	"-o",
	one,
]);
/** The machine belongs to a stranger: no agent and no display of ours is lent to it, whatever ssh_config says. */
const NOTHING_OF_OURS = ["-a", "-x", "-o", "ForwardAgent=no"];
/** Seconds; a connection that died is noticed after 45. */
const PATIENCE = ["ConnectTimeout=10", "ServerAliveInterval=15", "ServerAliveCountMax=3"].flatMap((one) => ["-o", one]);

/** Nothing after `--` is a flag: neither the destination nor a word of the remote command. */
const destination = ({ user, host }: PinnedTarget): string[] => ["--", `${user}@${host}`];

/** A path inside an option (ssh_config(5)): blanks part two files, `%` begins a token, Windows takes `/` too. */
function optionPath(path: string): string {
	const text = path.replaceAll("\\", "/").replaceAll("%", "%%");
	return /\s/.test(text) ? `"${text}"` : text;
}

const commandOf = (argv: string[]): SshCommand => ({ argv, command: argv.map(shellWord).join(" ") });

const mismatch = ({ name, host, port, fingerprint, remedy }: PinnedTarget, seen: string) =>
	new UserError(
		"host_key_mismatch",
		`${hostAndPort(host, port)} shows host key ${seen}, but ${fingerprint} is pinned for ${name}`,
		{ hint: remedy },
	);
