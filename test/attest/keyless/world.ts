import { generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { signStatement } from "../../../src/attest/bundle.ts";
import { entryAnswer } from "../../../src/attest/keyless/rekor.ts";
import { statementOf } from "../../../src/attest/statement.ts";
import { attestSchema, type KeylessConfig } from "../../../src/config/attest-schema.ts";
import type { Digest } from "../../../src/registry/image-reference.ts";
import { dsseEntry } from "../../support/sigstore/services.ts";
import { OURS, type Claims, type Sigstore } from "../../support/sigstore/sigstore.ts";
import { NOW, reportOf, REPOSITORY, type Signer } from "../world.ts";

export const IMAGES = { repository: "owner/app", workflow: ".github/workflows/images.yml", ref: "refs/heads/main" };
export const OUR_WORKFLOW = `https://github.com/${OURS.job_workflow_ref}`;
const ROOT_FILE = "sigstore-trusted-root.json";

/** A folder with a trusted root, and a cres.yaml that trusts by it. @param settings of attest.keyless, over the usual ones */
export async function keylessPlace(
	trustedRoot: unknown,
	settings: Partial<Record<keyof KeylessConfig, unknown>> = {},
): Promise<Pick<Signer, "keys" | "root" | "keyless">> {
	const root = await mkdtemp(join(tmpdir(), "cres-keyless-"));
	onTestFinished(() => rm(root, { recursive: true, force: true }));
	if (trustedRoot !== undefined)
		await writeFile(join(root, ROOT_FILE), typeof trustedRoot === "string" ? trustedRoot : JSON.stringify(trustedRoot));
	const keyless = { trusted_root: ROOT_FILE, identities: { images: IMAGES }, ...settings };
	return { keys: {}, root, keyless: attestSchema.parse({ keyless }).keyless };
}

interface Made {
	claims?: Claims;
	/** When its certificate begins, in milliseconds since the epoch. */
	from?: number;
	/** When the log takes it. */
	at?: number;
	/** Its certificate is in no log of certificates. */
	unlogged?: boolean;
	/** Its log; that of the certificate authority unless given. */
	log?: Sigstore["log"];
	digest?: Digest;
}

/** A bundle with a passed smoke test, as the run of these claims would have signed it; JSON. */
export async function bundleOfRun(sigstore: Sigstore, made: Made = {}): Promise<Record<string, any>> {
	const { claims = OURS, digest = `sha256:${"1".repeat(64)}` as Digest, at = Date.now(), log = sigstore.log } = made;
	const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const certificate = sigstore.certify(publicKey, claims, made);
	const report = { ...reportOf(digest), signedAt: new Date(NOW).toISOString() };
	const bytes = await signStatement(statementOf(REPOSITORY, digest, "smoke", report), {
		sign: (data) => sign("sha256", data, privateKey),
		publicKey: certificate,
		prove(envelope) {
			const verifiers = [Buffer.from(certificate).toString("base64")];
			const entry = dsseEntry({ spec: { proposedContent: { envelope: JSON.stringify(envelope), verifiers } } })!;
			return {
				certificate: { rawBytes: new X509Certificate(certificate).raw.toString("base64") },
				tlogEntries: [entryAnswer.parse(log.answer(log.add(entry, at)))],
			};
		},
	});
	return JSON.parse(bytes.toString()) as Record<string, any>;
}
