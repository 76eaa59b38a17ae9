import { Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { formatPlan, type Formatted } from "../../plan/fmt.ts";
import { renderFormatted } from "../../plan/render.ts";
import { readPlanText } from "../../plan/show.ts";

export default class PlanFmt extends BaseCommand {
	static override summary = "Rewrite the table of contents of docs/PLAN.md; entries only when they are named.";
	static override description =
		"Rows, links and status come from the entries. An entry that is named gets the canonical form, unless that would say something else; every other byte of the file stays.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --check",
		"<%= config.bin %> <%= command.id %> --contents",
		"<%= config.bin %> <%= command.id %> --entry 1 --entry 314f21f2",
	];
	static override flags = {
		entry: Flags.string({
			summary: "Also bring this entry into the canonical form: id, number or title.",
			...{ multiple: true, multipleNonGreedy: true, default: [] },
		}),
		all: Flags.boolean({ summary: "Bring every entry into it.", exclusive: ["entry"], default: false }),
		contents: Flags.boolean({ summary: "Make a table of contents where there is none.", default: false }),
		check: Flags.boolean({ summary: "Write nothing; exit 3 when something would change.", default: false }),
	};

	async run(): Promise<Formatted> {
		const { flags } = await this.parse(PlanFmt);
		const { config } = await this.context();
		await readPlanText(config.root);
		const { contents, check } = flags;
		const report = await formatPlan(config.root, { entries: flags.all ? "all" : flags.entry, contents, check });
		this.log(renderFormatted(report));
		if (report.outcome === "differs") this.exitWith("findings");
		return report;
	}
}
