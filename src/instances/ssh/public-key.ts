import { readPrivateKey } from "./private-key.ts";

/** The public half of a private key file, as authorized_keys has it. @throws UserError ssh_key_missing, ssh_key_unusable */
export async function publicKeyOf(name: string, path: string): Promise<string> {
	const { parsed } = await readPrivateKey(name, path);
	return `${parsed.type} ${parsed.getPublicSSH().toString("base64")} cres`;
}
