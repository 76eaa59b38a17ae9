import { generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { withAttestKey } from "../config/edit.ts";
import { editConfig } from "../config/edit-file.ts";
import { UserError } from "../errors/errors.ts";
import { Secret } from "../secrets/secret.ts";
import { assignmentsOf, withAssignments } from "../system/dotenv.ts";
import { readUtf8IfExists } from "../system/encoding.ts";
import { keyIdOf, publicPem } from "./keys.ts";

const ATTEST_KEY = "ATTEST_KEY";
/** As cres.yaml takes it. */
const NAME = /^[a-z0-9][a-z0-9-]{0,40}$/;

/** What of the configuration says where keys are. */
export type KeyPlace = Pick<Config, "file" | "root" | "attest" | "environment">;

/** A new key; its private half stands in .env and nowhere else. */
export interface Generated {
	name: string;
	/** SHA-256 of the public key's DER form, hex. */
	keyId: string;
	/** PEM. */
	publicKey: string;
	/** An earlier private key was replaced in .env. */
	replaced: boolean;
}

/**
 * Makes a key on the curve P-256: the private half into .env, the public half under `attest.keys` of cres.yaml.
 * @param force replaces the private key of .env, and the public key of that name; other public keys stay
 * @throws UserError attest_key_name, attest_key_taken (usage), attest_key_elsewhere
 */
export async function generateKey(place: KeyPlace, name: string, force: boolean): Promise<Generated> {
	const env = join(place.root, ".env");
	let replaced = hasKey((await readUtf8IfExists(env)) ?? "");
	assertFree(place, name, force, replaced);
	const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const secret = new Secret(privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"));
	const pem = publicPem(publicKey);
	// a public key whose private half is nowhere does no harm; a private one that nothing trusts signs in vain
	await editConfig(place.file, (text) => withAttestKey(text, name, pem));
	const withKey = (text: string): string => {
		assertFree(place, name, force, (replaced = hasKey(text))); // somebody may have made one meanwhile
		return withAssignments(text, new Map([[ATTEST_KEY, secret.reveal()]])).text;
	};
	await editConfig(env, withKey, { mode: 0o600 });
	return { name, keyId: keyIdOf(publicKey), publicKey: pem, replaced };
}

const hasKey = (dotenv: string): boolean =>
	(assignmentsOf(dotenv).findLast((one) => one.name === ATTEST_KEY)?.value ?? "") !== "";

function assertFree({ attest, environment }: KeyPlace, name: string, force: boolean, hasKey: boolean): void {
	if (!NAME.test(name))
		throw new UserError("attest_key_name", `${JSON.stringify(name)} is not a valid name of a key`, {
			hint: "lower-case letters, digits and -, starting with a letter or digit",
		});
	if (environment.some((one) => one.name === ATTEST_KEY && one.source === "environment"))
		throw new UserError("attest_key_elsewhere", `${ATTEST_KEY} is set in the environment, which wins over .env`, {
			hint: `unset ${ATTEST_KEY}, then run the command again`,
		});
	if (force) return;
	const isNamed = Object.hasOwn(attest.keys, name);
	if (hasKey || isNamed)
		throw new UserError(
			"attest_key_taken",
			hasKey ? `.env has an ${ATTEST_KEY} already` : `cres.yaml has a key ${name} under attest.keys already`,
			{
				hint: "cres attest keygen --name OTHER --force takes a new one; what the old one signed counts while cres.yaml keeps its public half",
			},
		);
}
