import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { bits, der, integer, octets, oid, sequence, utcTime, utf8, YES } from "./der.ts";

const DAY = 86_400_000;
const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const nameOf = (text: string): Buffer => sequence(der(0x31, sequence(oid("2.5.4.10"), utf8(text))));
export const spkiOf = (key: KeyObject): Buffer => key.export({ type: "spki", format: "der" });
export const sha256 = (...parts: Uint8Array[]): Buffer => createHash("sha256").update(Buffer.concat(parts)).digest();

const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
	sequence(oid(id), ...(critical ? [YES] : []), octets(value));
const keyIdOf = (key: KeyObject): Buffer => createHash("sha1").update(spkiOf(key)).digest();
const pemOf = (certificate: Buffer): string =>
	`-----BEGIN CERTIFICATE-----\n${certificate.toString("base64").replaceAll(/(.{64})/g, "$1\n")}\n-----END CERTIFICATE-----\n`;

/** What a certificate says, besides whose key it is. */
interface Certified {
	/** Subject alternative name: a URI. */
	uri: string;
	/** Extension → its text, as a UTF8String, or what else is in it. */
	texts: Readonly<Record<string, string | Buffer>>;
	/** Milliseconds since the epoch. */
	from: number;
	to: number;
}

/** A certificate authority, and the log of certificates that it writes into (RFC 6962). */
export interface Authority {
	/** DER. */
	root: Buffer;
	logKey: KeyObject;
	/** PEM of the certificate of a public key, with the log's promise in it unless `unlogged`. */
	certify(key: KeyObject, of: Certified, options?: { unlogged?: boolean }): string;
}

export function createAuthority(name: string): Authority {
	const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const log = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const issuer = nameOf(name);
	const certificate = (subject: Buffer, key: KeyObject, { from, to }: Pick<Certified, "from" | "to">) => {
		const serial = integer(Buffer.concat([Buffer.from([1]), randomBytes(8)]));
		const validity = sequence(utcTime(from), utcTime(to));
		const head = [der(0xa0, integer(Buffer.from([2]))), serial, ECDSA_SHA256, issuer, validity, subject, spkiOf(key)];
		const toBeSigned = (extensions: Buffer[]) => sequence(...head, der(0xa3, sequence(...extensions)));
		const signed = (extensions: Buffer[]) => {
			const content = toBeSigned(extensions);
			return sequence(content, ECDSA_SHA256, bits(sign("sha256", content, own.privateKey)));
		};
		return { toBeSigned, signed };
	};
	const now = Date.now();
	const rootExtensions = [
		extension("2.5.29.15", Buffer.from([0x03, 0x02, 0x01, 0x06]), true), // certificates and their lists
		extension("2.5.29.19", sequence(YES), true),
		extension("2.5.29.14", octets(keyIdOf(own.publicKey))),
	];
	return {
		root: certificate(issuer, own.publicKey, { from: now - DAY, to: now + 365 * DAY }).signed(rootExtensions),
		logKey: log.publicKey,
		certify(key, { uri, texts, from, to }, { unlogged = false } = {}) {
			const made = certificate(sequence(), key, { from, to });
			const extensions = [
				extension("2.5.29.15", Buffer.from([0x03, 0x02, 0x07, 0x80]), true), // signatures
				extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.3"))), // of code
				extension("2.5.29.14", octets(keyIdOf(key))),
				extension("2.5.29.35", sequence(der(0x80, keyIdOf(own.publicKey)))),
				extension("2.5.29.17", sequence(der(0x86, Buffer.from(uri))), true),
				...Object.entries(texts).map(([id, text]) => extension(id, typeof text === "string" ? utf8(text) : text)),
			];
			if (unlogged) return pemOf(made.signed(extensions));
			const promise = promised(log, { at: from, issuer: own.publicKey, toBeSigned: made.toBeSigned(extensions) });
			return pemOf(made.signed([...extensions, extension("1.3.6.1.4.1.11129.2.4.2", octets(promise))]));
		},
	};
}

/** A list with one SignedCertificateTimestamp (RFC 6962, 3.2 and 3.3). */
function promised(
	log: { publicKey: KeyObject; privateKey: KeyObject },
	{ at, issuer, toBeSigned }: { at: number; issuer: KeyObject; toBeSigned: Buffer },
): Buffer {
	const number = (value: number, bytes: number) => Buffer.from(value.toString(16).padStart(bytes * 2, "0"), "hex");
	const entry = [number(1, 2), sha256(spkiOf(issuer)), number(toBeSigned.length, 3), toBeSigned];
	const [time, none] = [number(at, 8), number(0, 2)];
	const signature = sign("sha256", Buffer.concat([number(0, 2), time, ...entry, none]), log.privateKey);
	const head = [number(0, 1), sha256(spkiOf(log.publicKey)), time, none, Buffer.from([4, 3])];
	const one = Buffer.concat([...head, number(signature.length, 2), signature]);
	return Buffer.concat([number(one.length + 2, 2), number(one.length, 2), one]);
}
