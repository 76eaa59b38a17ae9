import { LookingCommand } from "../../cli/looking-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { goneInstances, listInstances, renderList, type InstanceList as Listed } from "../../vast/list.ts";

export default class InstanceList extends LookingCommand {
	static override summary = "List the instances of cres.yaml and what the Vast account holds.";
	static override description =
		"Contracts of the account are ours by cres.yaml, ours by their label only, or foreign. Exits 3 when cres.yaml names a contract that is gone.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	protected async look(): Promise<Listed> {
		await this.parse(InstanceList);
		const { config, ...context } = await this.context();
		const list = await listInstances({ config, vast: async () => (await context.vast()).api });
		this.log(renderList(list, screenColumns()));
		if (goneInstances(list).length > 0) this.exitWith("findings");
		return list;
	}
}
