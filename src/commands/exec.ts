import { Args } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { instance } from "../cli/flags.ts";
import { keptStreams, ownStreams } from "../cli/own-streams.ts";
import { UserError } from "../errors/errors.ts";

export default class Exec extends BaseCommand {
	static override summary = "Run a program in the container of an instance.";
	static override description =
		"PROGRAM and its arguments are not passed through a shell. Exits with the program's code, or 255 without one. On a terminal the program gets a terminal. What it prints is passed through as it is, secrets too. Ctrl-C without a terminal leaves a program on a Docker host running unless it reads its input.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1 -- bash",
		"<%= config.bin %> <%= command.id %> cpu-1 -- supervisorctl -c /app/images/etc/supervisord.conf status",
		"<%= config.bin %> <%= command.id %> gpu-1 --json -- nvidia-smi -L",
	];
	static override strict = false;
	static override usage = "exec INSTANCE [FLAGS] -- PROGRAM [ARGUMENT...]";
	static override args = {
		instance,
		program: Args.string({ description: "Program, and its arguments behind it." }),
	};

	async run(): Promise<{ instance: string; exitCode: number; stdout: string; stderr: string } | undefined> {
		const { args, argv } = await this.parse(Exec);
		const words = (argv as string[]).slice(1);
		if (words.length === 0)
			throw new UserError("usage", "no program was named", {
				hint: `cres exec ${args.instance} -- PROGRAM [ARGUMENT…]`,
			});
		const context = await this.context();
		const one = await context.instance(args.instance);
		const kept = this.jsonEnabled() ? keptStreams(this.signal) : undefined;
		const { streams, release } = kept ?? ownStreams(this.signal);
		try {
			const exitCode = await one.attach(words, streams);
			process.exitCode = exitCode;
			return kept && { instance: args.instance, exitCode, stdout: kept.stdout(), stderr: kept.stderr() };
		} finally {
			release();
		}
	}
}
