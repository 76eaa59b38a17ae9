import { textOf } from "./address.ts";
import type { DiscoveryRow } from "./discover.ts";
import type { Rotation } from "./rotate.ts";
import { exclusionText } from "./rotation-entry.ts";

/** Findings that one screen takes; the rest is counted. */
const SHOWN_FINDINGS = 20;

/** One screen for one instance. */
export function renderRotation(rotation: Rotation): string {
	const { instance, outcome, endpoint, changes, findings, continued, undo } = rotation;
	const { via, generation, contract } = endpoint;
	const where = `${textOf(endpoint)} (${via}, generation ${generation}, contract ${contract})`;
	switch (outcome) {
		case "unchanged":
			return [`${instance} answers at ${where}, as everything here says: nothing to do`, ...scanLines(rotation)].join(
				"\n",
			);
		case "blocked":
			return [
				`${instance} answers at ${where}, but earlier endpoints are left where no rule explains them:`,
				...findings.slice(0, SHOWN_FINDINGS).map(({ file, line, literal }) => `  ${file}:${line}  ${literal}`),
				...(findings.length > SHOWN_FINDINGS ? [`  and ${findings.length - SHOWN_FINDINGS} more`] : []),
				continued ? "the rotation that was begun is not complete" : "nothing was changed",
				`  → write the instance's name there (cres ssh ${instance}), then cres endpoint rotate ${instance}`,
			].join("\n");
		default:
			return [
				outcome === "planned" ? `${instance} answers at ${where}; would be written:` : headline(rotation, where),
				...changes.map(({ file, what }) => `  ${file}: ${what}`),
				...scanLines(rotation),
				...(outcome === "rotated" ? undo.map((step) => `undo: ${step.replaceAll("`", "")}`) : []),
			].join("\n");
	}
}

const headline = ({ instance, continued, from }: Rotation, where: string): string =>
	`${instance} answers at ${where}${from[0] === undefined ? "" : `; before: ${from[0]}`}${continued ? "; an interrupted rotation is complete" : ""}`;

function scanLines({ from, searched, excluded }: Rotation): string[] {
	if (from.length === 0) return [];
	return [
		`  ${searched} files searched, no literal of ${from.length === 1 ? from[0] : `${from.length} earlier endpoints`} is left`,
		...excluded.map((one) => `  excluded: ${exclusionText(one)}`),
	];
}

/** The platform's endpoint beside the one on record. */
export function renderDiscoveries(discoveries: readonly DiscoveryRow[]): string {
	if (discoveries.length === 0) return "cres.yaml names no instance with driver vast";
	return discoveries.map(renderDiscovery).join("\n");
}

function renderDiscovery({ instance, contract, platform, recorded, proven, differs, failure }: DiscoveryRow): string {
	const answers = proven
		? `answers as contract ${contract}, host key ${proven.fingerprint} ${proven.verifiedBy === "log" ? "named by its log" : "unverified"}`
		: `not verified: ${failure?.message}`;
	return [
		instance,
		`  platform: ${platform ? `${textOf(platform)} (${platform.via})` : "names none"}`,
		`  recorded: ${recorded ? `${textOf(recorded)} (${recorded.via}), generation ${recorded.generation}` : "nothing"}`,
		`  ${answers}`,
		...(failure?.hint ? [`  → ${failure.hint}`] : []),
		...(proven ? [differs ? `  they differ\n  → cres endpoint rotate ${instance}` : "  they are the same"] : []),
	].join("\n");
}
