import { BaseCommand } from "../cli/base-command.ts";
import { table } from "../system/text.ts";
import { EXIT_CODES, type ExitRow } from "../errors/exit.ts";

const text = table(
	["CODE", "NAME", "MEANING"],
	EXIT_CODES.map(({ code, name, meaning }) => [String(code), name, meaning]),
);

export default class ExitCodes extends BaseCommand {
	static override summary = "List the exit codes of every command.";
	static override description = text;
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> help <%= command.id %>"];

	async run(): Promise<{ exitCodes: readonly ExitRow[] }> {
		await this.parse(ExitCodes);
		this.log(text);
		return { exitCodes: EXIT_CODES };
	}
}
