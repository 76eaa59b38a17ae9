import { Flags } from "@oclif/core";
import { LookingCommand } from "../../cli/looking-command.ts";
import { DIAGNOSTICS } from "../../plan/lint.ts";
import { lintDocument, type LintReport } from "../../plan/lint-report.ts";
import { renderLint } from "../../plan/render.ts";
import { readPlanText } from "../../plan/show.ts";

const codes = (summary: string) =>
	Flags.string({
		summary,
		multiple: true,
		multipleNonGreedy: true,
		options: [...DIAGNOSTICS],
		helpValue: "CODE",
		default: [],
	});

export default class PlanLint extends LookingCommand {
	static override summary = "Say what is wrong in docs/PLAN.md, with line numbers.";
	static override description =
		"Looks at form, dates, table of contents, links, secrets, commands that must not be executed, and whether the commit of an entry touched the files that it names. Exits 3 when it finds something.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> --run --ignore unsafe-command",
		"<%= config.bin %> <%= command.id %> --only secret --json",
	];
	static override flags = {
		run: Flags.boolean({ summary: "Also run the recorded checks, and report those that fail.", default: false }),
		"no-network": Flags.boolean({ summary: "Run no check that asks a server.", default: false }),
		only: codes("Report this code only."),
		ignore: codes("Leave this code out."),
	};

	protected async look(): Promise<LintReport> {
		const { flags } = await this.parse(PlanLint);
		const context = await this.context();
		const text = await readPlanText(context.config.root);
		const { run, only, ignore } = flags;
		const report = await lintDocument(context, text, { run, only, ignore, network: !flags["no-network"] });
		this.log(renderLint(report.diagnostics, report.entries, report.notLookedAt));
		if (report.diagnostics.length > 0) this.exitWith("findings");
		return report;
	}
}
