import { UserError } from "../errors/errors.ts";
import { describeImage } from "../registry/release-image.ts";
import type { Digest } from "../registry/image-reference.ts";
import type { Registry } from "../registry/registry.ts";
import { counts, statusContext } from "./commit-run.ts";
import type { GitHub } from "./client.ts";

export interface RecordPorts {
	github: GitHub;
	registry(): Promise<Registry>;
	config: { image: { repository: string }; github: { workflow: string } };
}

/** Same as `cres ci record --json`. */
export interface Recorded {
	/** The commit that the run has built. */
	commit: string;
	flavour: string;
	digest: Digest;
	/** Name of the commit status. */
	context: string;
	/** Page of the run. */
	run: string;
	dryRun: boolean;
}

/**
 * Writes the digest of an image down as a commit status of the run's commit, so that `cres deploy --commit` finds it.
 * @throws UserError image_missing, image_not_ours, ci_foreign_run (usage), and those of registry and GitHub
 */
export async function recordImage(
	{ github, config, ...ports }: RecordPorts,
	{ digest, run: id, dryRun }: { digest: Digest; run: number; dryRun: boolean },
): Promise<Recorded> {
	const registry = await ports.registry();
	const [image, run] = await Promise.all([describeImage(registry, config.image.repository, digest), github.run(id)]);
	if (!image)
		throw new UserError("image_missing", `${registry.address}/${config.image.repository} has no ${digest}`, {
			hint: "cres build --push",
		});
	const { workflow } = config.github;
	if (!counts(run, github.repository) || !run.path.endsWith(`/${workflow}`))
		throw new UserError(
			"ci_foreign_run",
			`run ${id} is of ${run.path}, ${run.event}, ${run.from ?? "a deleted fork"}`,
			{
				hint: `only runs of ${workflow} in ${github.repository} that are of no pull request are deployed`,
			},
		);
	const flavour = image.flavour ?? "cpu";
	const context = statusContext(flavour);
	if (!dryRun) await github.addStatus(run.sha, { state: "success", context, description: digest, url: run.url });
	return { commit: run.sha, flavour, digest, context, run: run.url, dryRun };
}

/** One line. */
export const renderRecorded = ({ commit, flavour, digest, dryRun }: Recorded): string =>
	`${dryRun ? "would record" : "recorded"} ${digest} as the ${flavour} image of commit ${commit}`;
