import { readFile } from "node:fs/promises";
import { UserError, codeOf } from "../../errors/errors.ts";

/** The public half of a private key file, as authorized_keys has it. @throws UserError ssh_key_missing, ssh_key_unusable */
export async function publicKeyOf(name: string, path: string): Promise<string> {
	const { default: ssh2 } = await import("ssh2");
	const text = await readFile(path).catch((error: unknown) => {
		throw new UserError("ssh_key_missing", `the ssh key ${path} of ${name} cannot be read (${codeOf(error)})`, {
			hint: `ssh-keygen -t ed25519 -f ${path}`,
			cause: error,
		});
	});
	const parsed = ssh2.utils.parseKey(text);
	if (parsed instanceof Error)
		throw new UserError("ssh_key_unusable", `the ssh key of ${name} cannot be used: ${parsed.message}`, {
			hint: "use an unencrypted private key that only you can read (ssh-keygen -t ed25519)",
		});
	const key = Array.isArray(parsed) ? parsed[0]! : parsed;
	return `${key.type} ${key.getPublicSSH().toString("base64")} cres`;
}
