import { generateKeyPairSync, sign } from "node:crypto";
import { UserError } from "../../errors/errors.ts";
import { openBundle, signStatement } from "../bundle.ts";
import type { AttestPorts } from "../ports.ts";
import type { Signer } from "../signed-by.ts";
import { keylessTrust } from "../trust.ts";
import { certificateFor } from "./fulcio.ts";
import { idTokenOf } from "./id-token.ts";
import { listedAs } from "./identity.ts";
import { logged } from "./rekor.ts";

/**
 * Who signs as this run of GitHub Actions. cres.yaml has to name its workflow: else nobody would trust what it signs.
 * @throws UserError keyless_permission_missing, keyless_root_invalid, keyless_identity_unlisted (usage),
 * keyless_unreachable, keyless_refused
 */
export async function openKeyless({ config, signal, limits }: AttestPorts): Promise<Signer> {
	const { fulcio, rekor } = config.attest.keyless!;
	const trust = keylessTrust(config)!;
	const asking = { signal, ...(limits ? { limits } : {}) };
	const [token] = await Promise.all([idTokenOf(config, asking), trust.root()]);
	const by = listedAs(token.identity, trust.identities);
	if ("fault" in by)
		throw new UserError("keyless_identity_unlisted", `what this run signs would not count: it ${by.reason}`, {
			hint: "list its repository, workflow, ref and issuer under attest.keyless.identities of cres.yaml",
		});
	return {
		...{ name: by.name, id: by.id },
		async sign(statement) {
			const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
			const certificate = await certificateFor(token, pair, fulcio, asking);
			const pem = certificate.toString();
			const bytes = await signStatement(statement, {
				sign: (data) => sign("sha256", data, pair.privateKey),
				publicKey: pem,
				prove: async (envelope) => ({
					certificate: { rawBytes: certificate.raw.toString("base64") },
					tlogEntries: [await logged(envelope, pem, rekor, asking)],
				}),
			});
			const opened = await openBundle(bytes, { keys: [], keyless: trust });
			if ("fault" in opened) throw unconfirmed(opened.reason);
			return bytes;
		},
	};
}

const unconfirmed = (reason: string) =>
	new UserError("keyless_unconfirmed", `what Fulcio and Rekor have given would not count: it ${reason}`, {
		hint: "correct attest.keyless in cres.yaml, and renew the file of attest.keyless.trusted_root (cres guide attestations)",
	});
