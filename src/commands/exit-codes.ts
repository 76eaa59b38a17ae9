import { BaseCommand } from "../cli/base-command.ts";
import { table } from "../system/text.ts";
import { EXIT, EXIT_MEANING, type ExitName } from "../errors/exit.ts";

const rows = (Object.keys(EXIT) as ExitName[]).map((name) => ({ code: EXIT[name], name, meaning: EXIT_MEANING[name] }));
const text = table(
	["CODE", "NAME", "MEANING"],
	rows.map(({ code, name, meaning }) => [String(code), name, meaning]),
);

export default class ExitCodes extends BaseCommand {
	static override summary = "List the exit codes of every command.";
	static override description = text;
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> help <%= command.id %>"];

	async run(): Promise<{ exitCodes: typeof rows }> {
		await this.parse(ExitCodes);
		this.log(text);
		return { exitCodes: rows };
	}
}
