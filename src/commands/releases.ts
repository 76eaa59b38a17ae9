import { Args } from "@oclif/core";
import { LookingCommand } from "../cli/looking-command.ts";
import { screenColumns } from "../cli/screen.ts";
import { instanceConfig } from "../instances/find.ts";
import { releaseRows, renderReleases, type ReleaseRow } from "../rollout/releases.ts";
import { readReleases } from "../state/releases.ts";

export default class Releases extends LookingCommand {
	static override summary = "List the releases that were rolled out, by whom and with which changes, newest first.";
	static override description =
		"CHANGED names what differs from the release before it. A terminal wider than 80 columns also shows generation, duration and digest.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> cpu-1 --json",
	];
	static override args = { instance: Args.string({ description: "Only this instance." }) };

	protected async look(): Promise<{ releases: ReleaseRow[] }> {
		const { args } = await this.parse(Releases);
		const { config } = await this.context();
		if (args.instance !== undefined) instanceConfig(config, args.instance);
		const names = args.instance === undefined ? Object.keys(config.instances) : [args.instance];
		const releases = releaseRows(await Promise.all(names.map((name) => readReleases(config.state, name))));
		this.log(renderReleases(releases, screenColumns()));
		return { releases };
	}
}
