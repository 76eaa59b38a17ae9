import { UserError, codeOf, messageOf } from "../../errors/errors.ts";
import { hostAndPort } from "../../system/hosts.ts";
import type { SshTarget } from "./target.ts";

/** `name (user@host:port)` */
export const whomOf = ({ name, user, host, port }: Pick<SshTarget, "name" | "user" | "host" | "port">): string =>
	`${name} (${user}@${hostAndPort(host, port)})`;

/** The host shows another key than the pinned one. */
export const mismatch = (target: SshTarget, seen: string) =>
	new UserError(
		"host_key_mismatch",
		`${hostAndPort(target.host, target.port)} shows host key ${seen}, but ${target.fingerprint} is pinned for ${target.name}`,
		{ hint: `if the host was really re-made: cres instance adopt ${target.name} --replace-key` },
	);

/** The failure of a login as ssh_refused or instance_unreachable, with what to do. */
export function explain(error: unknown, target: Omit<SshTarget, "fingerprint" | "key">): unknown {
	if (error instanceof UserError) return error;
	const where = whomOf(target);
	if ((error as { level?: string }).level === "client-authentication")
		return new UserError("ssh_refused", `${where} refuses the key`, {
			hint: `add the public key to ~${target.user}/.ssh/authorized_keys on the instance, or correct instances.${target.name}.key`,
			cause: error,
		});
	return new UserError("instance_unreachable", `${where} cannot be reached: ${messageOf(error)}`, {
		hint: `${adviceFor(error, target)}, then cres doctor`,
		cause: error,
	});
}

function adviceFor(error: unknown, { name, host }: Pick<SshTarget, "name" | "host">): string {
	if (["ENOTFOUND", "EAI_AGAIN"].includes(codeOf(error) ?? ""))
		return `set instances.${name}.host to a DNS name or address, because ~/.ssh/config (Host, ProxyJump) is not read: ssh -G ${host} shows what it holds`;
	if (/no matching/.test(messageOf(error)))
		return `update the sshd of ${name}: it offers none of the algorithms that cres accepts`;
	return `check instances.${name}.host and port in cres.yaml; cres connects directly, without a jump host`;
}

/** RFC 4254, 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED. */
export const isProhibited = (error: unknown): boolean => (error as { reason?: unknown }).reason === 1;

/** What the sshd said about a channel to a port (RFC 4254, 7.2). */
export const forwardingRefused = (name: string, cause: unknown) =>
	new UserError("forwarding_refused", `the sshd of ${name} does not forward to ports`, {
		hint: `set AllowTcpForwarding yes (and no DisableForwarding) in its /etc/ssh/sshd_config, reload sshd, then the same command again`,
		cause,
	});
