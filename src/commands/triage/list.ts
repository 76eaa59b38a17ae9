import { BaseCommand } from "../../cli/base-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { renderList, shownCheck, type ShownCheck } from "../../checks/explain.ts";
import { loadChecks } from "../../checks/registry.ts";

export default class TriageList extends BaseCommand {
	static override summary = "List the checks of cres triage: code, id and what each asks.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	async run(): Promise<{ checks: ShownCheck[] }> {
		await this.parse(TriageList);
		const checks = (await loadChecks()).map(shownCheck);
		this.log(renderList(checks, screenColumns()));
		return { checks };
	}
}
