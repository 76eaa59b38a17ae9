import { createPrivateKey } from "node:crypto";
import type { ParsedKey } from "ssh2";
import { UserError, codeOf, messageOf } from "../../errors/errors.ts";
import { readText } from "../../system/files.ts";

/** A private key as ssh2 takes it. */
interface PrivateKey {
	text: string;
	parsed: ParsedKey;
}

/**
 * Reads a private key file: OpenSSH's and PEM formats, and PKCS#8 of RSA and ECDSA keys.
 * @throws UserError ssh_key_missing, ssh_key_unusable, which names the kind of key and what to do
 */
export async function readPrivateKey(name: string, path: string): Promise<PrivateKey> {
	const [{ default: ssh2 }, file] = await Promise.all([import("ssh2"), readKeyFile(name, path)]);
	const text = withoutPkcs8(file);
	const parsed = ssh2.utils.parseKey(text);
	if (parsed instanceof Error) throw unusable(name, path, text, parsed);
	if (!parsed.isPrivateKey()) throw unusable(name, path, text, new Error("it is a public key"));
	return { text, parsed };
}

async function readKeyFile(name: string, path: string): Promise<string> {
	try {
		return await readText(path);
	} catch (error) {
		throw new UserError("ssh_key_missing", `the ssh key ${path} of ${name} cannot be read (${codeOf(error)})`, {
			hint: `set instances.${name}.key in cres.yaml to your private key file, or make one: ssh-keygen -t ed25519 -f ${path}`,
			cause: error,
		});
	}
}

/** ssh2 knows the older forms of the same keys (RFC 8017, RFC 5915). */
function withoutPkcs8(text: string): string {
	if (!/-----BEGIN PRIVATE KEY-----/.test(text)) return text;
	try {
		const key = createPrivateKey(text);
		if (key.asymmetricKeyType === "rsa") return String(key.export({ type: "pkcs1", format: "pem" }));
		if (key.asymmetricKeyType === "ec") return String(key.export({ type: "sec1", format: "pem" }));
	} catch {
		// what it is not is said by who parses it
	}
	return text;
}

const OWN_KEY = (path: string) =>
	`make a key for cres: ssh-keygen -t ed25519 -N "" -f ${path}_cres, and add its .pub there`;

function unusable(name: string, path: string, text: string, cause: Error): UserError {
	const [what, hint] = kindOf(path, text, cause);
	return new UserError("ssh_key_unusable", `the ssh key ${path} of ${name} cannot be used: ${what}`, { hint, cause });
}

/** What a key is that cannot be used, and what to do. */
function kindOf(path: string, text: string, cause: Error): [what: string, hint: string] {
	const inside = Buffer.from(text.replaceAll(/-----[^-]+-----|\s/g, ""), "base64").toString("latin1");
	if (/^(ssh-|ecdsa-|sk-)|BEGIN (SSH2 )?PUBLIC KEY/.test(text) || cause.message.includes("public key"))
		return ["it is a public key", `name the private one: ${path.replace(/\.pub$/, "")}`];
	if (/sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com/.test(inside))
		return ["it needs a hardware token (sk key), which cres does not use", OWN_KEY(path)];
	if (/encrypted/i.test(cause.message) || /BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(text))
		return [
			"it is encrypted, and cres asks for no passphrase and no agent",
			`${OWN_KEY(path)}, or take the passphrase away: ssh-keygen -p -f ${path}`,
		];
	if (/BEGIN PRIVATE KEY/.test(text))
		return ["it is a PKCS#8 key of a kind that cres does not read", `convert it: ssh-keygen -p -f ${path}`];
	return [messageOf(cause), OWN_KEY(path)];
}
