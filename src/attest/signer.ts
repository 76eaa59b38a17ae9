import { sign } from "node:crypto";
import { signStatement } from "./bundle.ts";
import { isInActions } from "./keyless/id-token.ts";
import { publicPem, signingKey } from "./keys.ts";
import type { AttestConfig, AttestPorts } from "./ports.ts";
import type { Signer } from "./signed-by.ts";

/** Why nothing is signed here; undefined where something is: with ATTEST_KEY, or keyless in GitHub Actions. */
export function unsignedBecause(config: AttestConfig): string | undefined {
	if (config.secret("ATTEST_KEY") || (config.attest.keyless && isInActions(config))) return undefined;
	return `ATTEST_KEY has no value${config.attest.keyless ? ", and keyless signing is for GitHub Actions" : ""}`;
}

/**
 * Who signs here: ATTEST_KEY, else this run of GitHub Actions where cres.yaml has attest.keyless.
 * @throws UserError attest_key_missing, attest_key_invalid (usage), and those of openKeyless
 */
export async function openSigner(ports: AttestPorts): Promise<Signer> {
	const { config } = ports;
	if (!config.secret("ATTEST_KEY") && !unsignedBecause(config))
		return (await import("./keyless/sign.ts")).openKeyless(ports);
	const { name, id, key, private: own } = await signingKey(config);
	return {
		...{ name, id },
		sign: (statement) =>
			signStatement(statement, {
				sign: (data) => sign("sha256", data, own),
				publicKey: publicPem(key),
				prove: () => ({ publicKey: { hint: id } }),
			}),
	};
}
