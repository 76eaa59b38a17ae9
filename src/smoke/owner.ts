import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { z } from "zod";
import { LABEL } from "../contracts/labels.ts";
import type { Config } from "../config/config.ts";
import { thisMachine } from "../state/machine.ts";
import { canonicalJson } from "../system/json.ts";
import type { Processes } from "../system/processes.ts";

const ownerSchema = z.object({
	/** Machine, and the process ids that are counted together on it. */
	host: z.string().max(300),
	pid: z.int().positive(),
	/** As Processes tells it; null where nobody does. */
	startedAt: z.string().max(200).nullable(),
	/** What it made stays when it fails. */
	keep: z.boolean().default(false),
	against: z.enum(["images", "rehearsal"]),
	/** Which Temporal and store cres.yaml names, as placeOf tells it. */
	place: z.string().max(64),
});
/** Who runs a smoke test; on the labels of all that it makes. */
export type Owner = z.infer<typeof ownerSchema>;

/** This process. The same name of a host may stand for other process ids: in a container of a CI, or on a second machine. */
export async function ownOwner(
	processes: Pick<Processes, "find">,
	how: Pick<Owner, "keep" | "against" | "place">,
): Promise<Owner> {
	const startedAt = (await processes.find(process.pid))?.startedAt ?? null;
	return { host: ownHost(), pid: process.pid, startedAt, ...how };
}

/** 16 hex digits that are the same for the same Temporal namespace and bucket. */
export const placeOf = ({ temporal, store }: Pick<Config, "temporal" | "store">): string =>
	createHash("sha256")
		.update(canonicalJson([temporal.address, temporal.namespace, store.endpoint, store.bucket]))
		.digest("hex")
		.slice(0, 16);

const ownHost = (): string => [hostname(), thisMachine()].filter(Boolean).join("/");

/** What everything of a smoke test carries. */
export const smokeLabels = (id: string, owner: Owner): Record<string, string> => ({
	[LABEL.smoke]: id,
	[LABEL.smokeOwner]: JSON.stringify(owner),
});

/** Undefined for labels that cres has not written. */
export function ownerOf(labels: Readonly<Record<string, string>>): Owner | undefined {
	try {
		return ownerSchema.parse(JSON.parse(labels[LABEL.smokeOwner] ?? ""));
	} catch {
		return undefined;
	}
}
