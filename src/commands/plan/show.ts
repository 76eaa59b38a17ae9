import { Args } from "@oclif/core";
import { LookingCommand } from "../../cli/looking-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { renderEntries } from "../../plan/render.ts";
import { readPlanText, showPlan, type ShownPlan } from "../../plan/show.ts";

export default class PlanShow extends LookingCommand {
	static override summary = "List the entries of docs/PLAN.md with their status, or print some of them.";
	static override description =
		"An entry is named by its id, its number (1 is the first in the file), its date, or words of its title. DONE: its checks passed, or cres observed it; PENDING: evidence is missing; REVERTED: it was taken back. Secrets are left out.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> 1",
		"<%= config.bin %> <%= command.id %> 'ssh endpoint rotation' --json",
	];
	static override args = { entry: Args.string({ multiple: true, description: "Entries to print." }) };

	protected async look(): Promise<ShownPlan> {
		const { args } = await this.parse(PlanShow);
		const { config } = await this.context();
		const asked = args.entry ?? [];
		const { raw, ...shown } = showPlan(await readPlanText(config.root), asked);
		this.log(asked.length > 0 ? raw.join("\n\n") : renderEntries(shown.entries, screenColumns()));
		return shown;
	}
}
