import { LookingCommand } from "../cli/looking-command.ts";
import { screenColumns } from "../cli/screen.ts";
import { allChecks } from "../checks/doctor/all.ts";
import { renderReport } from "../checks/doctor/render.ts";
import { runChecks, type CheckReport } from "../checks/doctor/run.ts";

export default class Doctor extends LookingCommand {
	static override summary = "Check this machine and everything cres.yaml names, with the fix for what is wrong.";
	static override description = "Changes nothing. Exits 3 when a check fails; warnings alone exit 0.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	protected async look(): Promise<CheckReport> {
		await this.parse(Doctor);
		const { signal, ...context } = await this.context();
		const report = await runChecks(await allChecks(context.doctor()), { signal });
		this.log(renderReport(report, screenColumns()));
		if (report.failed > 0) this.exitWith("findings");
		return report;
	}
}
