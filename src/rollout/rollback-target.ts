import { UserError } from "../errors/errors.ts";
import { currentRelease, type Release } from "../state/releases.ts";
import { changedSettings } from "./settings-change.ts";

const MOST_CHOICES = 8;

/**
 * The release to go back to: without `wanted` the one before the current release (a repeated release counts as the
 * one it repeats); else the newest live one whose digest, build id or id starts with `wanted`, if possible one that
 * differs from the current release.
 * @throws UserError no_earlier_release, unknown_release (usage), with the choices
 */
export function rollbackTarget(releases: readonly Release[], instance: string, wanted?: string): Release {
	const live = releases.filter(({ outcome }) => outcome === "live");
	const current = currentRelease(live);
	if (wanted !== undefined) {
		const names = ({ digest, buildId, id }: Release) => [digest, digest.replace("sha256:", ""), buildId, id];
		const named = live.filter((release) => names(release).some((name) => name.startsWith(wanted)));
		const found = named.findLast((release) => differs(release, current)) ?? named.at(-1);
		if (found) return origin(found, live);
		throw new UserError("unknown_release", `${instance} never ran ${wanted}`, { hint: hintOf(live, instance) });
	}
	const from = current && live.indexOf(origin(current, live));
	const earlier = live.slice(0, from).findLast((release) => !release.replays && differs(release, current));
	if (earlier) return earlier;
	throw noneEarlier(live, instance);
}

const origin = (release: Release, all: readonly Release[]): Release =>
	all.find(({ id }) => id === release.replays) ?? release;

/** Secrets are left out: a rollback takes their values of today, so they make no other release. */
const differences = (release: Release, current: Release): string[] => [
	...(release.digest === current.digest ? [] : [`build ${release.buildId}`]),
	...changedSettings({ ...current.spec, secrets: {} }, { ...release.spec, secrets: {} }),
];

const differs = (release: Release, current: Release | undefined): boolean =>
	current === undefined || differences(release, current).length > 0;

function noneEarlier(live: readonly Release[], instance: string): UserError {
	const current = currentRelease(live);
	const others = choices(live);
	const message = !current
		? `${instance} has no release on record: there is nothing to roll back to`
		: others.length > 0
			? `${instance} has no release before the current one (${current.id}, build ${current.buildId})`
			: `${instance} has no release but the current one (${current.id}, build ${current.buildId}): there is nothing to roll back to`;
	return new UserError("no_earlier_release", message, { hint: hintOf(live, instance) });
}

/** What can be rolled back to, by release id and with what differs from the current release. */
function hintOf(live: readonly Release[], instance: string): string {
	const others = choices(live);
	if (others.length > 0) return [`cres rollback ${instance} --to ID, with one of these IDs:`, ...others].join("\n    ");
	return live.length > 0
		? `cres deploy ${instance} --image deploys any image of the registry`
		: `cres deploy ${instance}`;
}

/** The newest first; of equal releases the newest. */
function choices(live: readonly Release[]): string[] {
	const current = currentRelease(live);
	const originals = live.filter((release) => origin(release, live) === release).toReversed();
	const byDifference = new Map<string, string>();
	for (const release of originals) {
		const different = current ? differences(release, current).join(", ") : "";
		if (different !== "" && !byDifference.has(different)) byDifference.set(different, `${release.id}: ${different}`);
	}
	return [...byDifference.values()].slice(0, MOST_CHOICES);
}
