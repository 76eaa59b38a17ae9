import type { Attested, FindAttested } from "../../src/attest/attested.ts";
import type { ErrorCode } from "../../src/errors/catalogue.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { Digest } from "../../src/registry/image-reference.ts";

/** No digest has an attestation. */
export const unattested: FindAttested = async (digest) => {
	throw new UserError("attestation_missing", `${digest} has no attestation`, { hint: `cres smoke ${digest}` });
};

/** What the attestation of a digest says, signed on a fixed day. */
const attestationOf = (digest: Digest): Attested => ({
	...{
		digest,
		predicateType: "https://example.test/smoke/v1",
		keyId: "a1b2c3d4",
		signedAt: "2026-11-23T10:15:00.000Z",
	},
	ageMs: 60_000,
	smoke: {
		...{ digest, buildId: "0123456789ab", role: "cpu", against: "images", ok: true, cres: "1.0.0", engine: "20.10" },
		rungs: [{ name: "health", status: "ok", observed: "ok", ms: 5 }],
		...{ startedAt: "2026-11-23T10:14:00.000Z", durationMs: 42_000, dependencies: {} },
	},
});

/** Every digest is attested, but those in `without`, which fail with that code. */
export const attestedBut =
	(without: ReadonlyMap<string, ErrorCode> = new Map()): FindAttested =>
	async (digest, { expired = false } = {}) => {
		const code = without.get(digest);
		if (code && !(expired && code === "attestation_expired"))
			throw new UserError(code, `${digest} is not attested`, { hint: `cres smoke ${digest}` });
		return attestationOf(digest);
	};
