import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { wantedPollers } from "../temporal/expected.ts";
import { observePollers, type PollersReport } from "../temporal/pollers.ts";
import { renderPollers } from "../temporal/render.ts";

const REDRAW_MS = 2_000;

export default class Pollers extends BaseCommand {
	static override summary = "Show the pollers of each task queue, their build, and whether they are alive.";
	static override description =
		"LIVE polls, BUSY has every slot taken, STALE may be dead, GONE is. Exits 3 when an expected queue has no live poller.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> video-processing@cpu --watch",
	];
	static override strict = false;
	static override args = {
		queue: Args.string({ description: "Task queues; default: those of the instances in cres.yaml." }),
	};
	static override flags = { watch: Flags.boolean({ summary: "Look again every 2 s until Ctrl-C." }) };

	async run(): Promise<PollersReport> {
		const { argv, flags } = await this.parse(Pollers);
		const { config, clock, signal, ...context } = await this.context();
		const expected = wantedPollers(config, argv as string[]);
		const temporal = await context.temporal();
		const pause = () =>
			clock.sleep(REDRAW_MS, signal).then(
				() => true,
				() => false,
			);
		let report: PollersReport;
		do {
			report = await observePollers(temporal, expected, clock);
			this.log(`${renderPollers(report, clock.now())}${flags.watch ? "\n" : ""}`);
		} while (flags.watch && (await pause()));
		if (!this.exitAsStopped() && report.missing.length > 0) this.exitWith("findings");
		return report;
	}
}
