import { BaseCommand } from "../../cli/base-command.ts";
import { dryRun } from "../../cli/flags.ts";
import { table } from "../../system/text.ts";
import { prepare, type Prepared } from "../../control/prepare.ts";

export default class ControlPrepare extends BaseCommand {
	static override summary = "Create the Temporal namespace and the bucket that cres needs.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --dry-run"];
	static override flags = { "dry-run": dryRun };

	async run(): Promise<{ prepared: Prepared[] }> {
		const { flags } = await this.parse(ControlPrepare);
		const context = await this.context();
		const [temporal, store] = await Promise.all([context.temporal(), context.store()]);
		const prepared = await prepare({ temporal, store, progress: context.progress }, flags["dry-run"]);
		const rows = prepared.map(({ item, name, at, state }) => [item, name, at, state]);
		this.log(table(["ITEM", "NAME", "AT", "STATE"], rows));
		return { prepared };
	}
}
