import { join } from "node:path";
import { Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { dryRun } from "../../cli/flags.ts";
import { install, renderInstall } from "../../control/install/install.ts";
import type { InstallReport } from "../../control/install/install-ports.ts";
import { LOGONS } from "../../control/install/logon.ts";

export default class ControlInstall extends BaseCommand {
	static override summary = "Have this machine boot the control plane when it starts.";
	static override description =
		"On Windows a scheduled task that stores no password, on Linux a unit of systemd. It says as whom that runs and what that forbids. cres control uninstall undoes it.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --dry-run",
		"<%= config.bin %> <%= command.id %> --logon local-service",
		"<%= config.bin %> <%= command.id %> --user",
	];
	static override flags = {
		"dry-run": dryRun,
		logon: Flags.option({ options: LOGONS, summary: "Windows: as whom the task runs.", default: "s4u" as const })(),
		user: Flags.boolean({ summary: "Linux: a unit of this user instead of the system.", default: false }),
		replace: Flags.boolean({ summary: "Take the place of a task or unit that cres did not make.", default: false }),
	};

	async run(): Promise<InstallReport> {
		const { flags } = await this.parse(ControlInstall);
		const context = await this.context();
		const entry = join(this.config.root, "bin", "run.js");
		const { logon, user, replace } = flags;
		const report = await install(context.install(), { entry, dryRun: flags["dry-run"], logon, user, replace });
		this.log(renderInstall(report));
		return report;
	}
}
