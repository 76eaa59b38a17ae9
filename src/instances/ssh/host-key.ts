import { createHash } from "node:crypto";
import type { ServerHostKeyAlgorithm } from "ssh2";

/** A host key as an sshd offers it. */
export interface OfferedKey {
	/** `SHA256:…` */
	fingerprint: string;
	/** `ssh-ed25519 AAAA…`, as in known_hosts. */
	publicKey: string;
}

/** From a host key in wire format (RFC 4253, 6.6: the type's length and name come first). */
export const offeredKey = (key: Buffer): OfferedKey => ({
	fingerprint: `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`,
	publicKey: `${key.subarray(4, 4 + key.readUInt32BE(0)).toString("ascii")} ${key.toString("base64")}`,
});

/** The type of a key of known_hosts: `ssh-ed25519`, `ssh-rsa`, … */
export const typeOf = ({ publicKey }: OfferedKey): string => publicKey.split(" ")[0]!;

/** Key type → the algorithms that sign with it (RFC 8332 for RSA; the last one for hosts of before it). */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
	"ssh-ed25519": ["ssh-ed25519"],
	"ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
	"ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
	"ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
	"ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
};

export const KEY_TYPES: readonly string[] = Object.keys(ALGORITHMS);

/** What is asked for to be shown the key of one type; undefined: whatever the host prefers. */
export const algorithmsFor = (type: string | undefined): ServerHostKeyAlgorithm[] | undefined =>
	type === undefined || !Object.hasOwn(ALGORITHMS, type) ? undefined : [...ALGORITHMS[type]!];

/** The host has no key of the types that were asked for. */
export const hasNoSuchKey = (error: unknown): boolean =>
	error instanceof Error && error.message.includes("no matching host key format");
