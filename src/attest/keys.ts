import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { resolve } from "node:path";
import { UserError, codeOf } from "../errors/errors.ts";
import { readTextIfExists } from "../system/files.ts";
import type { AttestConfig } from "./ports.ts";

/** A public key of cres.yaml. */
export interface TrustedKey {
	/** What cres.yaml calls it. */
	name: string;
	/** SHA-256 of its DER form (SubjectPublicKeyInfo), 64 hex digits. */
	id: string;
	key: KeyObject;
}

/** The key that signs, and its public half as cres.yaml knows it. */
export interface SigningKey extends TrustedKey {
	private: KeyObject;
}

/** SHA-256 of a public key's DER form: what `openssl pkey -pubin -outform DER | sha256sum` prints. */
export const keyIdOf = (key: KeyObject): string =>
	createHash("sha256")
		.update(key.export({ type: "spki", format: "der" }))
		.digest("hex");

/** The public half in PEM (SPKI, RFC 5280). */
export const publicPem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }) as string;

/** The public keys of cres.yaml. @throws UserError attest_key_invalid (usage) */
export const trustedKeys = ({ attest, root }: Pick<AttestConfig, "attest" | "root">): Promise<TrustedKey[]> =>
	Promise.all(Object.entries(attest.keys).map(([name, value]) => trustedKey(root, name, value)));

async function trustedKey(root: string, name: string, value: string): Promise<TrustedKey> {
	const setting = `attest.keys.${name}`;
	const pem = value.includes("-----BEGIN") ? value : await pemFile(resolve(root, value), setting);
	if (pem.includes("PRIVATE KEY"))
		throw invalid(`${setting} is a private key`, "make a new one, since it was in a file");
	const key = onP256(setting, () => createPublicKey(pem));
	return { name, id: keyIdOf(key), key };
}

async function pemFile(path: string, setting: string): Promise<string> {
	const text = await readTextIfExists(path).catch((error: unknown) => {
		throw invalid(
			`${setting} names ${path}, which cannot be read (${codeOf(error)})`,
			"correct it in cres.yaml",
			error,
		);
	});
	if (text !== undefined) return text;
	throw invalid(`${setting} names ${path}, which is not there`, "correct it in cres.yaml, or write the PEM text there");
}

/**
 * ATTEST_KEY, whose public half cres.yaml has to name: else nobody would trust what it signs.
 * @throws UserError attest_key_missing, attest_key_invalid (usage)
 */
export async function signingKey(config: AttestConfig): Promise<SigningKey> {
	const secret = config.secret("ATTEST_KEY");
	if (!secret)
		throw new UserError("attest_key_missing", "ATTEST_KEY has no value, so nothing can be signed", {
			hint: "cres attest keygen makes a key; in CI set ATTEST_KEY from the secrets of the repository",
		});
	const key = onP256("ATTEST_KEY", () => privateKeyOf(secret.reveal()));
	const id = keyIdOf(createPublicKey(key));
	const trusted = (await trustedKeys(config)).find((one) => one.id === id);
	if (trusted) return { ...trusted, private: key };
	throw invalid(
		`cres.yaml does not name the public half of ATTEST_KEY (key id ${id})`,
		"set ATTEST_KEY to the private half of a key under attest.keys, or make a new one: cres attest keygen --name NEW --force, then commit cres.yaml (cres guide ci)",
	);
}

/** PEM, also with `\n` for its line ends, or the base64 between its first and last line. */
function privateKeyOf(text: string): KeyObject {
	const whole = text.replaceAll("\\n", "\n");
	if (whole.includes("-----BEGIN")) return createPrivateKey(whole);
	return createPrivateKey({ key: Buffer.from(whole, "base64"), format: "der", type: "pkcs8" });
}

/** What cosign's and our own keys are on (DSSE with ECDSA-SHA256). */
function onP256(what: string, read: () => KeyObject): KeyObject {
	const make = "cres attest keygen --name NEW --force makes a new one";
	let key: KeyObject;
	try {
		key = read();
	} catch {
		throw invalid(`${what} is not a key`, make); // the cause may quote the key
	}
	if (key.asymmetricKeyType === "ec" && key.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
	throw invalid(`${what} is a key of the type ${key.asymmetricKeyType}, not of the curve P-256`, make);
}

const invalid = (message: string, hint: string, cause?: unknown) =>
	new UserError("attest_key_invalid", message, { hint, cause });
