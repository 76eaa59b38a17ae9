import { Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { instance } from "../cli/flags.ts";
import { redact } from "../secrets/secret.ts";

export default class Logs extends BaseCommand {
	static override summary = "Print an instance's worker log, secrets redacted.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1 --tail 50",
		"<%= config.bin %> <%= command.id %> cpu-1 -f",
	];
	static override args = { instance };
	static override flags = {
		follow: Flags.boolean({ char: "f", summary: "Go on until Ctrl-C." }),
		tail: Flags.integer({ summary: "Last lines to begin with.", default: 100, min: 0 }),
	};

	async run(): Promise<{ instance: string; lines: string[] }> {
		const { args, flags } = await this.parse(Logs);
		const context = await this.context();
		const lines: string[] = [];
		const instance = await context.instance(args.instance);
		for await (const line of instance.logs({ tail: flags.tail, follow: flags.follow })) {
			this.log(line);
			if (this.jsonEnabled()) lines.push(redact(line));
		}
		this.exitAsStopped();
		return { instance: args.instance, lines };
	}
}
