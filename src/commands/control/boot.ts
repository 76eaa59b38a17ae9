import { Args } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { boot, type BootReport } from "../../control/boot.ts";
import { bootFailures, renderBoot } from "../../control/render.ts";

export default class ControlBoot extends BaseCommand {
	static override summary = "Start the control plane of this machine: what is not ready, in order.";
	static override description =
		"The services are control.services of cres.yaml; without any, a Temporal and a store for this machine. A service that is ready is left alone, whoever started it. A boot that finds another one at work waits for it. Exits 1 when a service is not ready.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> worker",
		"<%= config.bin %> <%= command.id %> --json",
	];
	static override args = {
		service: Args.string({ multiple: true, description: "Services, with those that they wait for; default: all." }),
	};

	async run(): Promise<BootReport> {
		const { args } = await this.parse(ControlBoot);
		const context = await this.context();
		const report = await boot(context.control(), args.service ?? []);
		this.log(renderBoot(report, screenColumns()));
		const isDown = report.services.some(({ outcome }) => outcome !== "untouched" && outcome !== "started");
		await this.tell(bootFailures(report));
		if (!this.exitAsStopped() && isDown) this.exitWith("failed");
		return report;
	}
}
