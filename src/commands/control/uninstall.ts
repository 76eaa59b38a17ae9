import { BaseCommand } from "../../cli/base-command.ts";
import { dryRun } from "../../cli/flags.ts";
import { renderInstall, uninstall } from "../../control/install/install.ts";
import type { InstallReport } from "../../control/install/install-ports.ts";

export default class ControlUninstall extends BaseCommand {
	static override summary = "Undo cres control install.";
	static override description =
		"Removes the task or unit, and enables again what the install disabled. Services go on running.";
	static override examples = ["<%= config.bin %> <%= command.id %> --dry-run", "<%= config.bin %> <%= command.id %>"];
	static override flags = { "dry-run": dryRun };

	async run(): Promise<InstallReport> {
		const { flags } = await this.parse(ControlUninstall);
		const context = await this.context();
		const report = await uninstall(context.install(), flags["dry-run"]);
		this.log(renderInstall(report));
		return report;
	}
}
