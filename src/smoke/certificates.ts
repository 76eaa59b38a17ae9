import { generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { Secret } from "../secrets/secret.ts";

/** Certificates of one smoke test, in PEM. They are valid for a day. */
export interface Certificates {
	/** Of the CA that signed both others. */
	ca: string;
	server: { cert: string; key: Secret };
	client: { cert: string; key: Secret };
	/** Name in the server's certificate. */
	serverName: string;
}

const DAY_MS = 86_400_000;
const SERVER_NAME = "temporal.smoke.internal";

/** A CA, a server and a client for mutual TLS, new ones each time (X.509 version 3, RFC 5280; ECDSA with P-256, RFC 5758). */
export function makeCertificates(now: number): Certificates {
	const [ca, server, client] = [keyPair(), keyPair(), keyPair()];
	const signed = (name: string, subject: KeyPair, extensions: Buffer[]): string =>
		certificate({ name, subject, extensions, issuer: "cres smoke CA", key: ca.privateKey, now });
	const leaf = (usage: Buffer): Buffer[] => [extension(OID.extKeyUsage, sequence(usage))];
	return {
		ca: signed("cres smoke CA", ca, [extension(OID.basicConstraints, sequence(TRUE), true)]),
		server: {
			cert: signed(SERVER_NAME, server, [
				...leaf(OID.serverAuth),
				extension(OID.altName, sequence(dnsName(SERVER_NAME))),
			]),
			key: pem(server),
		},
		client: { cert: signed("cres smoke", client, leaf(OID.clientAuth)), key: pem(client) },
		serverName: SERVER_NAME,
	};
}

interface KeyPair {
	publicKey: KeyObject;
	privateKey: KeyObject;
}

const keyPair = (): KeyPair => generateKeyPairSync("ec", { namedCurve: "P-256" });

const pem = ({ privateKey }: KeyPair): Secret =>
	new Secret(String(privateKey.export({ type: "pkcs8", format: "pem" })));

interface Wanted {
	name: string;
	subject: KeyPair;
	extensions: readonly Buffer[];
	issuer: string;
	key: KeyObject;
	now: number;
}

function certificate({ name, subject, extensions, issuer, key, now }: Wanted): string {
	const algorithm = sequence(OID.ecdsaWithSha256);
	const body = sequence(
		tagged(0xa0, integer(Buffer.from([2]))),
		integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
		algorithm,
		distinguished(issuer),
		// Clocks of a host and of a container's host may differ by an hour and more.
		sequence(time(now - DAY_MS), time(now + DAY_MS)),
		distinguished(name),
		subject.publicKey.export({ type: "spki", format: "der" }),
		tagged(0xa3, sequence(...extensions)),
	);
	const signature = sign("sha256", body, key); // in DER, as X.509 has it
	const der = sequence(body, algorithm, tagged(0x03, Buffer.from([0]), signature));
	const lines = der.toString("base64").match(/.{1,64}/g)!;
	return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** DER (ITU-T X.690): tag, length, content. */
function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
	const content = Buffer.concat(parts);
	const { length } = content;
	const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts);
const integer = (bytes: Buffer): Buffer => tagged(0x02, bytes);
const TRUE = tagged(0x01, Buffer.from([0xff]));
const oid = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, "hex"));

const OID = {
	/** 1.2.840.10045.4.3.2 */
	ecdsaWithSha256: oid("2a8648ce3d040302"),
	/** 2.5.4.3 */
	commonName: oid("550403"),
	/** 2.5.29.19 */
	basicConstraints: oid("551d13"),
	/** 2.5.29.37 */
	extKeyUsage: oid("551d25"),
	/** 2.5.29.17 */
	altName: oid("551d11"),
	/** 1.3.6.1.5.5.7.3.1 */
	serverAuth: oid("2b06010505070301"),
	/** 1.3.6.1.5.5.7.3.2 */
	clientAuth: oid("2b06010505070302"),
} as const;

const distinguished = (name: string): Buffer =>
	sequence(tagged(0x31, sequence(OID.commonName, tagged(0x0c, Buffer.from(name)))));

const dnsName = (name: string): Buffer => tagged(0x82, Buffer.from(name));

/** UTCTime, good until 2049. */
const time = (at: number): Buffer =>
	tagged(0x17, Buffer.from(`${new Date(at).toISOString().replaceAll(/[-:T]/g, "").slice(2, 14)}Z`));

function extension(id: Buffer, value: Buffer, critical = false): Buffer {
	return sequence(id, ...(critical ? [TRUE] : []), tagged(0x04, value));
}
