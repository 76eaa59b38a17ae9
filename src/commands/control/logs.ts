import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { readLogs, type LogLine } from "../../control/logs.ts";

export default class ControlLogs extends BaseCommand {
	static override summary = "Print the logs of the control plane's services, secrets redacted.";
	static override description =
		"With several services each line begins with its name. With -f, --json prints one object a line.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> temporal --tail 50",
		"<%= config.bin %> <%= command.id %> -f",
		"<%= config.bin %> <%= command.id %> worker --json",
	];
	static override args = {
		service: Args.string({ multiple: true, description: "Services; default: all." }),
	};
	static override flags = {
		follow: Flags.boolean({ char: "f", summary: "Go on until Ctrl-C.", default: false }),
		tail: Flags.integer({ char: "n", summary: "Number of last lines of each service.", default: 100, min: 0 }),
	};

	async run(): Promise<{ lines: LogLine[] } | undefined> {
		const { args, flags } = await this.parse(ControlLogs);
		const context = await this.context();
		const names = args.service ?? [];
		this.asLines = flags.follow && this.jsonEnabled();
		const lines: LogLine[] = [];
		for await (const line of readLogs(context.control(), names, flags)) {
			if (this.asLines) this.logJson(line);
			else if (this.jsonEnabled()) lines.push(line);
			else this.logForeign(names.length === 1 ? line.text : `${line.service.padEnd(10)} | ${line.text}`);
			await this.drained();
		}
		this.exitAsStopped();
		return this.asLines ? undefined : { lines };
	}
}
