import { Args, Flags } from "@oclif/core";
import { watch } from "../cli/flags.ts";
import { screenColumns } from "../cli/screen.ts";
import { WatchingCommand } from "../cli/watching-command.ts";
import { wantedPollers } from "../temporal/expected.ts";
import { observePollers, type PollersReport } from "../temporal/pollers.ts";
import { renderPollers } from "../temporal/render.ts";

export default class Pollers extends WatchingCommand {
	static override summary = "Show the pollers of each task queue, their build, and whether they are alive.";
	static override description =
		"LIVE polls, BUSY has every slot taken, STALE may be dead, GONE is dead. Workers that are not alive are hidden where another one of their instance has taken over. Exits 3 when an expected queue has no live poller.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> video-processing@cpu --watch",
		"<%= config.bin %> <%= command.id %> --all",
	];
	static override args = {
		queue: Args.string({
			multiple: true,
			description: "Task queues; default: those of the instances in cres.yaml.",
		}),
	};
	static override flags = { all: Flags.boolean({ summary: "Also show workers that were replaced." }), watch };

	async run(): Promise<PollersReport | undefined> {
		const { args, flags } = await this.parse(Pollers);
		const { config, clock, ...context } = await this.context();
		const expected = wantedPollers(config, args.queue ?? []);
		const temporal = await context.temporal();
		const look = () => observePollers(temporal, expected, clock);
		const render = (seen: PollersReport) =>
			renderPollers(seen, clock.now(), { all: flags.all, columns: screenColumns() });
		if (flags.watch) return this.watch({ look, render, clock });
		const report = await this.seen({ look, render });
		if (report.missing.length > 0) this.exitWith("findings");
		return report;
	}
}
