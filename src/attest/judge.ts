import type { SmokeReport } from "../contracts/smoke.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import type { Digest } from "../registry/image-reference.ts";
import { span } from "../system/text.ts";
import type { Opened } from "./bundle.ts";
import {
	kindOf,
	PREDICATE,
	signedAtOf,
	smokePredicateSchema,
	subjectsOf,
	type Kind,
	type Statement,
} from "./statement.ts";

/** Why an attestation does not count. */
export type AttestFault = Extract<
	ErrorCode,
	"attestation_invalid" | "attestation_untrusted" | "attestation_expired" | "attestation_failed_smoke"
>;

/** One attestation, and what it is worth for one image. */
export interface Judged {
	/** Of its manifest in the registry. */
	attestation: Digest;
	kind: Kind;
	predicateType: string | null;
	/** The key or the identity of cres.yaml that has signed it, and its id (SignedBy); null where none has. */
	key: string | null;
	keyId: string | null;
	/** As it says itself, ISO 8601. */
	signedAt: string | null;
	verdict: "ok" | AttestFault;
	/** One clause that goes on from "it": what is wrong; null when nothing is. */
	reason: string | null;
	/** Of a smoke test that counts as signed. */
	smoke: SmokeReport | null;
	/** Milliseconds since that smoke test ended; never negative. */
	ageMs: number | null;
}

interface Asked {
	digest: Digest;
	/** Milliseconds since the epoch. */
	now: number;
	/** Milliseconds. */
	maxAge: number;
}

/** Clocks of two machines may differ by so much; what is further ahead is no time that has been. */
const MOST_SKEW_MS = 2 * 3_600_000;

/** What an opened bundle says of the image that was asked for: subject, predicate type, time and outcome. */
export function judge(attestation: Digest, claimed: string | undefined, opened: Opened, asked: Asked): Judged {
	const predicateType = ("statement" in opened ? opened.statement.predicateType : claimed) ?? null;
	const nothing = { key: null, keyId: null, signedAt: null, smoke: null, ageMs: null };
	const common = {
		attestation,
		predicateType,
		kind: predicateType === null ? ("other" as const) : kindOf(predicateType),
	};
	if ("fault" in opened) return { ...common, ...nothing, verdict: opened.fault, reason: opened.reason };
	const { statement, by } = opened;
	const signed = { ...nothing, key: by.name, keyId: by.id, signedAt: signedAtOf(statement) };
	const invalid = (reason: string): Judged => ({
		...{ ...common, ...signed },
		...{ verdict: "attestation_invalid", reason },
	});
	const subjects = subjectsOf(statement);
	if (!subjects.includes(asked.digest)) return invalid(`is for ${subjects[0] ?? "no image"}`);
	if (claimed !== undefined && claimed !== statement.predicateType)
		return invalid(`is listed as ${claimed}, but is ${statement.predicateType}`);
	if (common.kind !== "smoke") return { ...common, ...signed, verdict: "ok", reason: null };
	const smoke = judgeSmoke(statement, asked);
	return typeof smoke === "string" ? invalid(smoke) : { ...common, ...signed, ...smoke };
}

/** A text: why it cannot be taken at all. The age counts from the end of the smoke test, however often it is signed. */
function judgeSmoke(
	{ predicate }: Statement,
	{ digest, now, maxAge }: Asked,
): string | Pick<Judged, "verdict" | "reason" | "smoke" | "ageMs"> {
	const parsed = smokePredicateSchema.safeParse(predicate);
	if (!parsed.success) return `holds no report of a smoke test (${PREDICATE.smoke})`;
	const { signedAt, ...smoke } = parsed.data;
	if (smoke.digest !== digest) return `holds the report of ${smoke.digest}`;
	const ended = Date.parse(smoke.startedAt) + smoke.durationMs;
	const ahead = Math.max(ended, Date.parse(signedAt)) - now;
	if (ahead > MOST_SKEW_MS) return `is from the future by ${span(ahead)}: compare the clocks`;
	const ageMs = Math.max(0, now - ended);
	const failed = smoke.rungs.filter(({ status }) => status === "fail").map(({ name }) => name);
	if (!smoke.ok || failed.length > 0)
		return {
			...{ smoke, ageMs, verdict: "attestation_failed_smoke" },
			reason: `is of a smoke test that failed${failed.length > 0 ? ` (${failed.join(", ")})` : ""}`,
		};
	if (ageMs > maxAge)
		return {
			...{ smoke, ageMs, verdict: "attestation_expired" },
			reason: `is of a smoke test that ended ${span(ageMs)} ago (attest.max_age: ${span(maxAge)})`,
		};
	return { smoke, ageMs, verdict: "ok", reason: null };
}
