import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { candidates, type Candidate, type KnownCommand } from "../cli/complete.ts";
import { SCRIPTS, SHELLS, renderCandidates, type ShellName } from "../cli/completion-scripts.ts";

export default class Completion extends BaseCommand {
	static override summary = "Print the script that completes commands, flags and instances in a shell.";
	static override description =
		"The script asks cres for each completion: cres completion SHELL -- WORD... prints what may stand in place of the last word.";
	static override examples = [
		"source <(<%= config.bin %> <%= command.id %> bash)",
		"source <(<%= config.bin %> <%= command.id %> zsh)",
		"<%= config.bin %> <%= command.id %> fish > ~/.config/fish/completions/cres.fish",
	];
	static override strict = false;
	static override usage = ["completion SHELL [FLAGS]", "completion SHELL -- WORD..."];
	static override args = { shell: Args.string({ required: true, options: [...SHELLS], description: "Your shell." }) };

	async run(): Promise<{ shell: string; script: string } | { shell: string; candidates: Candidate[] }> {
		const { args, argv } = await this.parse(Completion);
		const shell = args.shell as ShellName;
		const words = (argv as string[]).slice(1);
		if (words.length === 0) {
			this.log(SCRIPTS[shell]);
			return { shell, script: SCRIPTS[shell] };
		}
		const commands = this.config.commands.filter(({ hidden }) => !hidden) as KnownCommand[];
		const found = await candidates(words, commands, namesOf);
		if (found.length > 0) this.log(renderCandidates(shell, found));
		return { shell, candidates: found };
	}
}

/** Names of instances; none where there is no cres.yaml that can be read. */
async function namesOf(path: string | undefined): Promise<string[]> {
	const { loadConfig } = await import("../config/load.ts");
	const config = await loadConfig(path === undefined ? {} : { path }).catch(() => undefined);
	return Object.keys(config?.instances ?? {});
}
