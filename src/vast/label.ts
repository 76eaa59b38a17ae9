/** The label that marks a contract as the place of an instance: the platform keeps it over every recycle. */
export const labelFor = (project: string, instance: string): string => `${PREFIX}/${project}/${instance}`;

const PREFIX = "cres";

/** What a label of ours names, held or not; undefined for any other label. */
export function parseLabel(label: string | null): { project: string; instance: string } | undefined {
	const [prefix, project, instance, ...more] = (placeOf(label) ?? "").split("/");
	if (prefix !== PREFIX || !project || !instance || more.length > 0) return undefined;
	return { project, instance };
}

/** A label of ours may end in `?` and who holds the instance's lease; this is the part before. */
export const placeOf = (label: string | null): string | null => label?.split("?", 1)[0] ?? null;

/** Who holds the lease, as names and values; undefined when nobody does. */
export function heldBy(label: string | null): Record<string, string> | undefined {
	const at = label?.indexOf("?") ?? -1;
	return at < 0 ? undefined : Object.fromEntries(new URLSearchParams(label!.slice(at + 1)));
}

/** The label of a place with who holds it. Vast takes 1,024 characters. */
export const heldLabel = (place: string, holder: Readonly<Record<string, string>>): string =>
	`${place}?${new URLSearchParams(holder).toString()}`;

/** Another place with whoever holds the present one. */
export function movedLabel(label: string | null, place: string): string {
	const at = label?.indexOf("?") ?? -1;
	return at < 0 ? place : `${place}${label!.slice(at)}`;
}
