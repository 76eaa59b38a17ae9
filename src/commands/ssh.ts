import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { instance } from "../cli/flags.ts";
import { shellCommand, type SshCommand } from "../endpoint/ssh-command.ts";
import { runAttached } from "../system/terminal.ts";

export default class Ssh extends BaseCommand {
	static override summary = "Open a shell on an instance with OpenSSH, or run a command there.";
	static override description =
		"The address comes from the record, and the host must show the pinned key. Ends with OpenSSH's exit code. --json prints the command, as --print does, and does not run it.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> gpu-1",
		"<%= config.bin %> <%= command.id %> gpu-1 -- nvidia-smi -L",
		"<%= config.bin %> <%= command.id %> gpu-1 --print",
	];
	static override strict = false;
	static override usage = "ssh INSTANCE [FLAGS] [-- COMMAND [ARGUMENT...]]";
	static override args = {
		instance,
		command: Args.string({ description: "Command, and its arguments behind it; default: a shell." }),
	};
	static override flags = { print: Flags.boolean({ summary: "Print the command for a POSIX shell, do not run it." }) };

	async run(): Promise<SshCommand> {
		const { args, argv, flags } = await this.parse(Ssh);
		const context = await this.context();
		const command = await shellCommand(context, await context.instance(args.instance), (argv as string[]).slice(1));
		if (flags.print) this.log(command.command);
		else if (!this.jsonEnabled()) {
			const [file, ...rest] = command.argv;
			process.exitCode = await runAttached(file!, rest);
			this.exitAsStopped();
		}
		return command;
	}
}
