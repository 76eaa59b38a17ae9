import { Args } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { renderStop } from "../../control/render.ts";
import { stop, type StopReport } from "../../control/stop.ts";

export default class ControlStop extends BaseCommand {
	static override summary = "Stop what cres started of the control plane, in reverse order.";
	static override description =
		"Only what its record shows to be started by cres is stopped; the rest is named and left alone. Exits 1 when something cannot be stopped.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> worker",
		"<%= config.bin %> <%= command.id %> --json",
	];
	static override args = {
		service: Args.string({ multiple: true, description: "Services; default: all." }),
	};

	async run(): Promise<StopReport> {
		const { args } = await this.parse(ControlStop);
		const context = await this.context();
		const report = await stop(context.control(), args.service ?? []);
		this.log(renderStop(report, screenColumns()));
		const isLeft = report.services.some(({ outcome }) => outcome === "failed" || outcome === "interrupted");
		if (!this.exitAsStopped() && isLeft) this.exitWith("failed");
		return report;
	}
}
