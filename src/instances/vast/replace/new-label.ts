import { labelFor, placeOf } from "../../../vast/label.ts";

/**
 * The label of a contract that a rollout has rented, from the create until the old contract is gone:
 * `cres/<project>/<instance>/new-<rollout id>-<old contract>`.
 */
export const newLabel = (project: string, instance: string, rollout: string, old: number): string =>
	`${labelFor(project, instance)}/new-${rollout}-${old}`;

/** What such a label of this instance names; undefined for any other label. */
export function parseNewLabel(
	label: string | null,
	project: string,
	instance: string,
): { rollout: string; old: number } | undefined {
	const prefix = `${labelFor(project, instance)}/new-`;
	const place = placeOf(label);
	const match = place?.startsWith(prefix) ? /^(.+)-(\d+)$/.exec(place.slice(prefix.length)) : null;
	return match ? { rollout: match[1]!, old: Number(match[2]) } : undefined;
}
