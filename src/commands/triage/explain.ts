import { Args, Flags } from "@oclif/core";
import { LookingCommand } from "../../cli/looking-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { aboutOf } from "../../checks/about.ts";
import { checkCalled, renderExplained, silenceOf, type Explained } from "../../checks/explain.ts";
import { loadChecks, loadRuntimeChecks } from "../../checks/registry.ts";
import { runStatic } from "../../checks/run-static.ts";
import { readTree } from "../../checks/tree/read-tree.ts";
import { findingsOf } from "../../checks/triage-report.ts";

export default class TriageExplain extends LookingCommand {
	static override summary = "Say why a check matters, with an example, and how to silence what it finds.";
	static override description = "Looks at the folder with this check alone, for the lines that go into cres.yaml.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> carriage-returns",
		"<%= config.bin %> <%= command.id %> TS101 --folder deploy",
	];
	static override args = { check: Args.string({ required: true, description: "Id or code of a check." }) };
	static override flags = { folder: Flags.string({ summary: "Folder with the findings to silence.", default: "." }) };

	protected async look(): Promise<Explained> {
		const { args, flags } = await this.parse(TriageExplain);
		const found = checkCalled([...(await loadChecks()), ...(await loadRuntimeChecks())], args.check);
		if (found.scope === "runtime") {
			const told = { check: aboutOf(found), findings: [], silence: "" };
			this.log(renderExplained(told, screenColumns()));
			return told;
		}
		const { run, waits, ...check } = found;
		const { shell, clock, signal, world } = await this.machine();
		const tree = await readTree(flags.folder, shell, signal);
		const limits = { signal, world };
		const findings = findingsOf(await runStatic([{ ...check, run, ...(waits && { waits }) }], tree, limits));
		const explained = { check, findings, silence: silenceOf(findings, clock.now()) };
		this.log(renderExplained(explained, screenColumns()));
		return explained;
	}
}
