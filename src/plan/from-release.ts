import { UserError } from "../errors/errors.ts";
import { readReleases, type Release } from "../state/releases.ts";
import { seconds } from "../system/text.ts";
import { codeSpan as code } from "./code-span.ts";

/** The records of releases, and whose they are. */
interface Records {
	state: string;
	instances: Readonly<Record<string, unknown>>;
}

/**
 * What the record of a release says, in the form of a draft.
 * @throws UserError plan_release_unknown (usage)
 */
export async function releaseDraft({ state, instances }: Records, id: string): Promise<Record<string, unknown>> {
	const all = await Promise.all(Object.keys(instances).map((name) => readReleases(state, name)));
	const records = all.find((releases) => releases.some((one) => one.id === id));
	const at = records?.findLastIndex((one) => one.id === id) ?? -1;
	if (!records || at < 0)
		throw new UserError("plan_release_unknown", `no record has a release ${id}`, {
			hint: "cres releases --json shows their ids",
		});
	return draftOf(
		records[at]!,
		records.slice(0, at).findLast(({ outcome }) => outcome === "live"),
	);
}

function draftOf(release: Release, before: Release | undefined): Record<string, unknown> {
	const { instance, buildId, digest, outcome, generation, spec } = release;
	const failed = outcome === "rolled-back";
	const from = before === undefined ? "nothing" : `${code(before.buildId)} (${code(before.digest)})`;
	return {
		title: `${release.replays === undefined ? "Deploy" : "Roll back"} ${instance} to ${buildId}${failed ? " failed" : ""}`,
		objective: `run build ${code(buildId)} (${code(digest)}) on ${instance}, generation ${generation}.`,
		changes: [
			`${instance}: ${from} → ${code(buildId)}`,
			...(release.channel === undefined ? [] : [`by the channel ${code(release.channel)}`]),
			...(failed
				? [before === undefined ? "the new container was removed" : `went back to ${code(before.buildId)}`]
				: []),
		],
		validation: [
			{
				label: `Release ${release.id}`,
				observed: [
					`${code(outcome)} at ${release.at} after ${seconds(release.durationMs)}${release.by === undefined ? "" : `, by ${release.by}`}`,
					`roles ${spec.roles.join(", ")}; settings ${code(release.specHash)}`,
				],
			},
		],
		rollback: [
			failed
				? "Nothing to undo: the release before runs."
				: before
					? code(`cres rollback ${instance}`)
					: code(`cres stop ${instance}`),
		],
	};
}
