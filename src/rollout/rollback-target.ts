import { UserError } from "../errors/errors.ts";
import type { Release } from "../state/releases.ts";

/**
 * The release to go back to: without `wanted` the one before the current release (a repeated release counts as the
 * one it repeats); else the newest live one whose digest, build id or id starts with `wanted`.
 * @throws UserError no_earlier_release, unknown_release (usage), with the choices
 */
export function rollbackTarget(releases: readonly Release[], instance: string, wanted?: string): Release {
	const live = releases.filter(({ outcome }) => outcome === "live");
	if (wanted !== undefined) {
		const names = ({ digest, buildId, id }: Release) => [digest, digest.replace("sha256:", ""), buildId, id];
		const found = live.findLast((release) => names(release).some((name) => name.startsWith(wanted)));
		if (found) return origin(found, live);
		throw new UserError("unknown_release", `${instance} never ran ${wanted}`, {
			hint: choices(live, instance),
		});
	}
	const current = live.at(-1);
	const from = current && live.indexOf(origin(current, live));
	const earlier = live
		.slice(0, from)
		.findLast(
			({ digest, specHash, replays }) => !replays && !(digest === current!.digest && specHash === current!.specHash),
		);
	if (earlier) return earlier;
	throw new UserError("no_earlier_release", `${instance} has no release before the current one`, {
		hint: choices(live, instance),
	});
}

const origin = (release: Release, all: readonly Release[]): Release =>
	all.find(({ id }) => id === release.replays) ?? release;

function choices(live: readonly Release[], instance: string): string {
	const known = [...new Set(live.map(({ buildId, digest }) => `${buildId} (${digest.slice(0, 19)})`))];
	return known.length === 0 ? `cres deploy ${instance}` : `cres rollback ${instance} --to one of: ${known.join(", ")}`;
}
