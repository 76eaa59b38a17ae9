import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { loadChecks } from "../../checks/registry.ts";
import { renderTriage } from "../../checks/render-triage.ts";
import { runStatic } from "../../checks/run-static.ts";
import { reportOf, type TriageReport } from "../../checks/triage-report.ts";
import { readTree } from "../../checks/tree/read-tree.ts";
import { systemShell } from "../../system/shell.ts";

export default class Triage extends BaseCommand {
	static override summary = "Find what is wrong in a tree of files, with the line to change first.";
	static override description = "Changes nothing. Exits 3 when a finding is an error.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --static .",
		"<%= config.bin %> <%= command.id %> --json",
	];
	static override args = { path: Args.string({ description: "Folder to look at.", default: "." }) };
	static override flags = { static: Flags.boolean({ summary: "Look at files alone.", default: true }) };

	async run(): Promise<TriageReport> {
		const { args } = await this.parse(Triage);
		const tree = await readTree(args.path, systemShell, this.signal);
		const report = reportOf(await runStatic(await loadChecks(), tree, { signal: this.signal }), tree);
		this.log(renderTriage(report));
		if (report.findings.some(({ severity }) => severity === "error")) this.exitWith("findings");
		return report;
	}
}
