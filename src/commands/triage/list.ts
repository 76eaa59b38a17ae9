import { LookingCommand } from "../../cli/looking-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { renderList, shownCheck, type ShownCheck } from "../../checks/explain.ts";
import { loadChecks, loadRuntimeChecks } from "../../checks/registry.ts";

export default class TriageList extends LookingCommand {
	static override summary = "List the checks of cres triage: code, id and what each asks.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	protected async look(): Promise<{ checks: ShownCheck[] }> {
		await this.parse(TriageList);
		const checks = [...(await loadChecks()), ...(await loadRuntimeChecks())].map(shownCheck);
		this.log(renderList(checks, screenColumns()));
		return { checks };
	}
}
