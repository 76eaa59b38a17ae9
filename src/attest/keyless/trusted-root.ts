import { resolve } from "node:path";
import type { TrustMaterial } from "@sigstore/verify";
import { z } from "zod";
import { UserError, messageOf } from "../../errors/errors.ts";
import { readWhole } from "../../system/files.ts";
import { jsonOf } from "../../system/json.ts";

/** That of the public Sigstore has 10 kB. */
const MOST_BYTES = 1 << 20;

/** TrustedRoot of github.com/sigstore/protobuf-specs (sigstore_trustroot.proto): what there must be one of at least. */
const rootSchema = z.looseObject({
	mediaType: z.string().regex(/^application\/vnd\.dev\.sigstore\.trustedroot(?:\.v0\.[12])?\+json(?:;|$)/),
	certificateAuthorities: z.array(z.unknown()).min(1).max(64),
	tlogs: z.array(z.unknown()).min(1).max(64),
	ctlogs: z.array(z.unknown()).min(1).max(64),
});

/**
 * The certificates and log keys that attest.keyless.trusted_root holds.
 * @param path relative to `root`, the directory of cres.yaml
 * @throws UserError keyless_root_invalid (usage)
 */
export async function readTrustedRoot(root: string, path: string): Promise<TrustMaterial> {
	const file = resolve(root, path);
	const bytes = await readWhole(file, MOST_BYTES).catch((error: unknown) => {
		throw rootInvalid(`${file} cannot be read: ${messageOf(error)}`, error);
	});
	const parsed = rootSchema.safeParse(jsonOf(bytes));
	if (!parsed.success) throw rootInvalid(`${file} is not one trusted root of Sigstore in JSON`);
	const [{ TrustedRoot }, { toTrustMaterial }] = await Promise.all([
		import("@sigstore/protobuf-specs"),
		import("@sigstore/verify"),
	]);
	try {
		return toTrustMaterial(TrustedRoot.fromJSON(parsed.data));
	} catch (error) {
		throw rootInvalid(`${file} holds what is no certificate or key: ${messageOf(error)}`, error);
	}
}

const rootInvalid = (message: string, cause?: unknown) =>
	new UserError("keyless_root_invalid", `attest.keyless.trusted_root: ${message}`, {
		hint: "cosign trusted-root create --with-default-services --out FILE writes it; commit it (cres guide attestations)",
		cause,
	});
