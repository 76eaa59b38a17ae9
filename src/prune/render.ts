import { bytes, shortDigest, table } from "../system/text.ts";
import type { InstancePrune } from "./instance.ts";
import type { RegistryPrune } from "./registry.ts";

interface Shown {
	digest: string;
	buildId: string;
}

const keptLines = (kept: readonly (Shown & { reasons: readonly string[] })[]): string[] =>
	kept.length === 0
		? []
		: [`kept: ${kept.length}`, ...kept.map((one) => `  ${nameOf(one)}  ${one.reasons.join(", ")}`)];

const nameOf = ({ buildId, digest }: Shown): string => buildId || shortDigest(digest);

/** What goes from the registry and what stays, and why. */
export function renderRegistryPrune({ repository, outcome, going, kept, bytes: all }: RegistryPrune): string {
	if (going.length === 0) return [`${repository}: nothing is removed`, ...keptLines(kept)].join("\n");
	const verb = outcome === "planned" ? "would be removed" : "removed";
	const rows = going.map((one) => [one.buildId, shortDigest(one.digest), bytes(one.bytes), one.tags.join(", ")]);
	return [
		`${repository}: ${going.length} ${verb}, ${bytes(all)} of layers that no other image has`,
		table(["BUILD", "DIGEST", "BYTES", "TAGS"], rows, { drop: ["TAGS"] }),
		...keptLines(kept),
		...(outcome === "pruned" ? ["The registry frees the bytes when it collects its garbage."] : []),
	].join("\n");
}

/** The same of an instance. */
export function renderInstancePrune({ instance, outcome, going, kept, bytes: all }: InstancePrune): string {
	if (going.length === 0) return [`${instance}: nothing is removed`, ...keptLines(kept)].join("\n");
	const verb = outcome === "planned" ? "would be removed" : "removed";
	const rows = going.map((one) => [one.buildId, shortDigest(one.digest), bytes(one.bytes)]);
	return [
		`${instance}: ${going.length} ${verb}, up to ${bytes(all)}`,
		table(["BUILD", "DIGEST", "BYTES"], rows),
		...keptLines(kept),
	].join("\n");
}
