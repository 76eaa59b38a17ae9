import { Args } from "@oclif/core";
import { watch } from "../../cli/flags.ts";
import { screenColumns } from "../../cli/screen.ts";
import { WatchingCommand } from "../../cli/watching-command.ts";
import { renderStatus } from "../../control/render.ts";
import { status, type StatusReport } from "../../control/status.ts";

export default class ControlStatus extends WatchingCommand {
	static override summary = "Show which services of the control plane are ready, and who started them.";
	static override description = "Asks each for its health and changes nothing. Exits 3 when one is not ready.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> --watch",
		"<%= config.bin %> <%= command.id %> temporal --json",
	];
	static override args = {
		service: Args.string({ multiple: true, description: "Services; default: all." }),
	};
	static override flags = { watch };

	async run(): Promise<StatusReport | undefined> {
		const { args, flags } = await this.parse(ControlStatus);
		const { clock, ...context } = await this.context();
		const look = () => status(context.control(), args.service ?? []);
		const render = (seen: StatusReport) => renderStatus(seen, screenColumns());
		if (flags.watch) return this.watch({ look, render, clock });
		const report = await this.seen({ look, render });
		if (report.notReady > 0) this.exitWith("findings");
		return report;
	}
}
