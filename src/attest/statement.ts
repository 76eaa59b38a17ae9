import { z } from "zod";
import { smokeReportSchema } from "../contracts/smoke.ts";
import type { Digest } from "../registry/image-reference.ts";

/** What an attestation says of an image. The first is ours; its predicate is in docs/guide/attestations.md. */
export const PREDICATE = {
	smoke: "urn:cres:smoke:v1",
	provenance: "https://slsa.dev/provenance/v1",
	sbom: "https://spdx.dev/Document",
} as const;

export type Kind = keyof typeof PREDICATE | "other";

/** What an attestation of that predicate type is of. */
export const kindOf = (predicateType: string): Kind =>
	(Object.entries(PREDICATE).find(([, type]) => type === predicateType)?.[0] as Kind | undefined) ?? "other";

/** Media type of a statement in its envelope (in-toto attestation spec, v1, "Envelope"). */
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";
const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** in-toto attestation spec v1, statement.md; digests other than sha256 are passed by. */
export const statementSchema = z.object({
	_type: z.literal(STATEMENT_TYPE),
	subject: z
		.array(z.object({ name: z.string().optional(), digest: z.record(z.string(), z.string()) }))
		.min(1)
		.max(64),
	predicateType: z.string().max(512),
	predicate: z.unknown(),
});
export type Statement = z.infer<typeof statementSchema>;

/** The report of a smoke test, and when it was signed. */
export const smokePredicateSchema = smokeReportSchema.extend({ signedAt: z.iso.datetime() });

/** What is asked of a time that a statement gives. */
const timesSchema = {
	provenance: z.object({ runDetails: z.object({ metadata: z.object({ finishedOn: z.iso.datetime() }) }) }),
	sbom: z.object({ creationInfo: z.object({ created: z.iso.datetime() }) }),
};

/** When a statement says that it was signed, ISO 8601; null where it does not say. */
export function signedAtOf({ predicateType, predicate }: Statement): string | null {
	const kind = kindOf(predicateType);
	if (kind === "smoke") return smokePredicateSchema.safeParse(predicate).data?.signedAt ?? null;
	if (kind === "provenance")
		return timesSchema.provenance.safeParse(predicate).data?.runDetails.metadata.finishedOn ?? null;
	if (kind === "sbom") return timesSchema.sbom.safeParse(predicate).data?.creationInfo.created ?? null;
	return null;
}

/** What is signed of an image (in-toto attestation spec, v1, "Statement"). */
export const statementOf = (
	repository: string,
	digest: Digest,
	kind: keyof typeof PREDICATE,
	predicate: unknown,
): Statement => ({
	_type: STATEMENT_TYPE,
	subject: [{ name: repository, digest: { sha256: digest.slice("sha256:".length) } }],
	predicateType: PREDICATE[kind],
	predicate,
});

/** The images that a statement is about. */
export const subjectsOf = ({ subject }: Statement): string[] =>
	subject.flatMap(({ digest }) => (digest["sha256"] === undefined ? [] : [`sha256:${digest["sha256"]}`]));
