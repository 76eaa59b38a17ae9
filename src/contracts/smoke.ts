import { z } from "zod";
import { ROLES } from "./queues.ts";

/** `sha256:` and 64 hex digits. */
export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** What one rung of the ladder saw. `skipped`: a rung below it failed, or the machine has not what it needs. */
const smokeRungSchema = z.object({
	name: z.string().max(64),
	status: z.enum(["ok", "fail", "skipped"]),
	observed: z.string().max(4_000),
	/** What to do; of a failed rung. */
	fix: z.string().max(1_000).optional(),
	/** Milliseconds. */
	ms: z.number().min(0),
});

/**
 * What `cres smoke` found of one image, printed under --json and, of a passed one, signed as the predicate of its attestation.
 * @see docs/guide/attestations.md
 */
export const smokeReportSchema = z.object({
	digest: digestSchema,
	buildId: z.string().max(64),
	role: z.enum(ROLES),
	/** Where its dependencies came from. */
	against: z.enum(["images", "rehearsal"]),
	ok: z.boolean(),
	/** True: the role gpu was smoked without a GPU. */
	pretended: z.boolean().optional(),
	rungs: z.array(smokeRungSchema).max(64),
	/** ISO 8601. */
	startedAt: z.iso.datetime(),
	durationMs: z.number().min(0),
	/** Version of cres that ran it. */
	cres: z.string().max(64),
	/** Version of the Docker engine, and what the dependencies were: name → image digest or version. */
	engine: z.string().max(64),
	dependencies: z.record(z.string().max(64), z.string().max(256)),
});

export type SmokeRung = z.infer<typeof smokeRungSchema>;
export type SmokeReport = z.infer<typeof smokeReportSchema>;

/** The role that was smoked, as people read it: a pretended GPU is always said. */
export const smokedRole = ({ role, pretended }: Pick<SmokeReport, "role" | "pretended">): string =>
	`${role}${pretended ? " (GPU pretended)" : ""}`;
