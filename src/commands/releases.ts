import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { seconds, shortDigest, table } from "../system/text.ts";
import { instanceConfig } from "../instances/find.ts";
import { readReleases, type Release } from "../state/releases.ts";

export default class Releases extends BaseCommand {
	static override summary = "List the releases that were rolled out, newest first.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> cpu-1 --json",
	];
	static override args = { instance: Args.string({ description: "Only this instance." }) };

	async run(): Promise<{ releases: Release[] }> {
		const { args } = await this.parse(Releases);
		const { config } = await this.context();
		if (args.instance !== undefined) instanceConfig(config, args.instance);
		const names = args.instance === undefined ? Object.keys(config.instances) : [args.instance];
		const all = await Promise.all(names.map((name) => readReleases(config.state, name)));
		const releases = all.flat().toSorted((a, b) => (a.at < b.at ? 1 : -1));
		this.log(releases.length === 0 ? "nothing was rolled out yet; next: cres deploy INSTANCE" : render(releases));
		return { releases };
	}
}

const render = (releases: readonly Release[]): string =>
	table(
		["WHEN", "INSTANCE", "GEN", "BUILD", "DIGEST", "OUTCOME", "TOOK", "RELEASE"],
		releases.map((release) => [
			release.at.slice(0, 19).replace("T", " "),
			release.instance,
			String(release.generation),
			release.buildId,
			shortDigest(release.digest),
			release.replays ? `${release.outcome} (rollback)` : release.outcome,
			seconds(release.durationMs),
			release.id,
		]),
	);
