import { Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { dryRun } from "../../cli/flags.ts";
import { readReport } from "../../cli/input.ts";
import { keepIssue, renderIssue, type IssueReport } from "../../github/issue.ts";

export default class CiIssue extends BaseCommand {
	static override summary = "Keep one issue on GitHub up to date: open while a file has text, closed when it is empty.";
	static override description =
		"For a scheduled workflow that reports what it found. The issue is known by its title, a marker in its body and the label cres; the permission issues: write is needed. Secrets of this configuration are left out of it.";
	static override examples = [
		'<%= config.bin %> <%= command.id %> --title "Drift of the instances" --file drift.md',
		'<%= config.bin %> status | <%= config.bin %> <%= command.id %> --title "Instances" --file - --dry-run',
	];
	static override flags = {
		title: Flags.string({ summary: "Title of the issue.", required: true }),
		file: Flags.string({
			summary: "Text for its body; Markdown in a .md file; - is standard input. Empty: the issue is closed.",
			required: true,
		}),
		"dry-run": dryRun,
	};

	async run(): Promise<IssueReport> {
		const { flags } = await this.parse(CiIssue);
		const context = await this.context();
		const { title, file, "dry-run": isDry } = flags;
		const text = await readReport(file, this.signal);
		const wanted = { title, text, markdown: file.endsWith(".md"), dryRun: isDry };
		const report = await keepIssue(await context.github(), wanted);
		this.log(renderIssue(report));
		return report;
	}
}
