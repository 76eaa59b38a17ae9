import type { PlanEntry } from "../plan/entry.ts";
import { counted } from "../system/text.ts";
import { textOf, type Address } from "./address.ts";
import type { Exclusion } from "./exclusions.ts";
import type { PendingRotation } from "../state/pending-rotation.ts";

const SHOWN = 3;
const ENV_FILE = ".env";

/** What the scan after the last change saw. */
export interface Scan {
	/** Files that were looked into. */
	searched: number;
	excluded: readonly Exclusion[];
}

/** One sentence that no other entry has: by it a rotation that was cut off knows its own entry. */
export const objectiveOf = ({ instance, to, at }: PendingRotation): string =>
	`point everything that names the endpoint of ${instance} to \`${textOf(to)}\` (${to.via}), generation ${to.generation} of contract ${to.contract}, as verified at ${at}.`;

/** The docs/PLAN.md entry of a rotation: observed values only, and how the files are put back. */
export function rotationEntry(pending: PendingRotation, by: string, { searched, excluded }: Scan): PlanEntry {
	const { instance, at, from, to, changes } = pending;
	const before = from[0];
	return {
		...{ at: new Date(at), by },
		title: `Rotate the endpoint of ${instance}`,
		objective: objectiveOf(pending),
		changes: [
			...(before
				? [`${instance}: \`${textOf(before)}\` → \`${textOf(to)}\``]
				: [`${instance}: first endpoint on record`]),
			...changes.map(({ file, what }) => `\`${file}\`: ${what}`),
		],
		validation: [
			{ label: `Observed over ssh at \`${textOf(to)}\``, observed: identity(pending) },
			...(from.length > 0 ? [{ label: `Literals left of ${listed(from)}`, observed: seen(searched, excluded) }] : []),
		],
		rollback: [
			...undoSteps(pending),
			`\`cres endpoint discover ${instance}\` shows whether that is what the platform names.`,
		],
	};
}

const identity = ({ instance, to, buildId }: PendingRotation): string[] => [
	`\`CONTAINER_ID\` is ${to.contract}, the contract of ${instance}`,
	`host key \`${to.fingerprint}\`, ${to.verifiedBy === "log" ? "which the instance's log names" : "accepted as it was shown: the instance's log does not name it"}`,
	...(buildId === null ? [] : [`build \`${buildId}\``]),
];

function listed(addresses: readonly Address[]): string {
	const more = addresses.length - SHOWN;
	const shown = addresses.slice(0, SHOWN).map((one) => `\`${textOf(one)}\``);
	return `${shown.join(", ")}${more > 0 ? ` and ${more} earlier` : ""}`;
}

const seen = (searched: number, excluded: readonly Exclusion[]): string[] => [
	`0 in ${searched} files`,
	...excluded.map((one) => `excluded: ${exclusionText(one)}`),
];

/** `docs/PLAN.md (past entries, 3 lines)` */
export const exclusionText = ({ file, rule, lines }: Exclusion): string =>
	`${file} (${rule}, ${lines === null ? "not searched" : counted(lines, "line")})`;

/** Commands for what a command can put back, words for the rest. */
export function undoSteps({ instance, changes, restorable, backup, from }: PendingRotation): string[] {
	const byHand = changes
		.map(({ file }) => file)
		.filter((file) => !/^\.(env|cres\/.*)$/.test(file) && !restorable.includes(file));
	const steps = [
		...(restorable.length > 0 ? [`\`git restore --patch ${restorable.map(quoted).join(" ")}\``] : []),
		...(backup === null
			? []
			: [`put ${envNames(changes)} back in \`.env\` as \`${backup}\` has them; change no other line`]),
		...(byHand.length > 0 && from[0]
			? [
					`put \`${textOf(from[0])}\` back by hand in ${byHand.map((file) => `\`${file}\``).join(", ")}: not committed before`,
				]
			: []),
	];
	return steps.length > 0
		? steps
		: [`Nothing to undo: only the record changed, and \`cres endpoint rotate ${instance}\` reads it again.`];
}

/** What was changed in .env: names of lines. */
const envNames = (changes: PendingRotation["changes"]): string =>
	changes.find(({ file }) => file === ENV_FILE)?.what ?? "the lines of the endpoint";

const quoted = (path: string): string => (/^[\w@%+=:,./-]+$/.test(path) ? path : `"${path}"`);
