import { setTimeout as sleep } from "node:timers/promises";
import { UserError, messageOf } from "../../errors/errors.ts";
import type { RemoteResult } from "./calls.ts";

/** OpenSSH gives no reason for a socket that it did not open, so the login user looks at it. */
const LOOK = `p=$1
if [ -S "$p" ]; then
	if [ -r "$p" ] && [ -w "$p" ]; then
		if command -v curl >/dev/null 2>&1 && ! curl -s -m 3 -o /dev/null --unix-socket "$p" http://docker/_ping; then echo silent; else echo open; fi
	else echo "denied $(stat -c %G "$p" 2>/dev/null)"; fi
else
	echo missing
fi
for o in /var/run/docker.sock "/run/user/$(id -u)/docker.sock" /run/podman/podman.sock "/run/user/$(id -u)/podman/podman.sock"; do
	[ "$o" != "$p" ] && [ -S "$o" ] && [ -w "$o" ] && echo "other $o"
done
true`;

/** The look may take that long; curl in it at most 3 s. */
const LOOK_MS = 6_000;

/** Whether ssh2 reports that the other side refused a channel (RFC 4254, section 5.1). */
export const isOpenFailure = (error: unknown): boolean => /Channel open failure/.test(messageOf(error));

interface Asked {
	/** Instance name. */
	name: string;
	user: string;
	/** The socket that was not opened. */
	path: string;
	exec: (argv: readonly string[]) => Promise<RemoteResult>;
}

/** Why the daemon's socket was not opened, as the machine itself sees it: UserError docker_socket_refused. */
export async function socketRefused({ name, user, path, exec }: Asked, cause: unknown): Promise<UserError> {
	const silent = sleep(LOOK_MS, { stdout: "" }, { ref: false });
	const look = exec(["sh", "-c", LOOK, "cres", path]).catch(() => ({ stdout: "" }));
	const { stdout } = await Promise.race([look, silent]);
	const lines = stdout.split("\n").map((line) => line.trim());
	const other = lines.find((line) => line.startsWith("other "))?.slice("other ".length);
	const use = other === undefined ? undefined : `set instances.${name}.docker_socket: ${other} in cres.yaml`;
	const [why, hint] = reasonOf(lines, { name, user, path }, use);
	return new UserError("docker_socket_refused", `${path} of ${name} cannot be opened: ${why}`, { hint, cause });
}

function reasonOf(
	lines: readonly string[],
	{ name, user, path }: Omit<Asked, "exec">,
	use: string | undefined,
): [why: string, hint: string] {
	const denied = lines.find((line) => line.startsWith("denied"))?.slice("denied".length);
	if (denied !== undefined) {
		const grant = `sudo usermod -aG ${denied.trim() || "docker"} ${user} on ${name}, then the same command again`;
		return [`permission denied for ${user}`, use ? `${grant}; or ${use}` : grant];
	}
	if (lines.includes("missing")) {
		const start = `start Docker on ${name}, or set instances.${name}.docker_socket in cres.yaml`;
		return ["there is no such socket", use ?? start];
	}
	if (lines.includes("silent"))
		return ["no daemon answers there", use ?? `start Docker on ${name}: sudo systemctl start docker`];
	return sshdReason(lines.includes("open"), { name, user, path });
}

/** What sshd has against a socket that its user can open, or cannot tell of. */
const sshdReason = (opens: boolean, { name, user, path }: Omit<Asked, "exec">): [why: string, hint: string] =>
	opens
		? [
				"its sshd does not forward to sockets",
				`set AllowStreamLocalForwarding yes (and no DisableForwarding) in /etc/ssh/sshd_config of ${name}, reload sshd; ${path} itself can be opened there`,
			]
		: [
				"its sshd refused the channel",
				`ssh to ${name}: see that ${user} may open ${path}, and that sshd_config has AllowStreamLocalForwarding yes`,
			];
