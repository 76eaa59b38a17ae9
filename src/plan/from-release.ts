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
	const { instance, buildId, digest, generation } = release;
	const verb = release.replays === undefined ? "Deploy" : "Roll back";
	return {
		title: `${verb} ${instance} to ${buildId}${hasFailed(release) ? " failed" : ""}`,
		objective: `run build ${code(buildId)} (${code(digest)}) on ${instance}, generation ${generation}.`,
		changes: changesOf(release, before),
		validation: [{ label: `Release ${release.id}`, observed: observedOf(release) }],
		rollback: [undoOf(release, before)],
	};
}

const hasFailed = ({ outcome }: Release): boolean => outcome === "rolled-back";

function changesOf(release: Release, before: Release | undefined): string[] {
	const { instance, buildId, channel } = release;
	const from = before === undefined ? "nothing" : `${code(before.buildId)} (${code(before.digest)})`;
	const back = before === undefined ? "the new container was removed" : `went back to ${code(before.buildId)}`;
	return [
		`${instance}: ${from} → ${code(buildId)}`,
		...(channel === undefined ? [] : [`by the channel ${code(channel)}`]),
		...(hasFailed(release) ? [back] : []),
	];
}

const observedOf = ({ outcome, at, durationMs, by, spec, specHash }: Release): string[] => [
	`${code(outcome)} at ${at} after ${seconds(durationMs)}${by === undefined ? "" : `, by ${by}`}`,
	`roles ${spec.roles.join(", ")}; settings ${code(specHash)}`,
];

function undoOf(release: Release, before: Release | undefined): string {
	if (hasFailed(release)) return "Nothing to undo: the release before runs.";
	return code(`cres ${before ? "rollback" : "stop"} ${release.instance}`);
}
