import { Flags } from "@oclif/core";
import { BackendCommand, backendFile } from "../../../cli/backend-command.ts";
import { backendLines } from "../../../backend/logs.ts";

export default class BackendLogs extends BackendCommand {
	static override summary = "Print what the servers of a backend and its gateway wrote, in order.";
	static override description = "Each line begins with who wrote it. With -f, --json prints one object a line.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --tail 50",
		"<%= config.bin %> <%= command.id %> -f --server broker",
		"<%= config.bin %> <%= command.id %> --server nginx-access",
	];
	static override args = { file: backendFile };
	static override flags = {
		tail: Flags.integer({ char: "n", summary: "Number of last lines.", default: 100, min: 0 }),
		follow: Flags.boolean({ char: "f", summary: "Go on until Ctrl-C, across restarts.", default: false }),
		server: Flags.string({ summary: "Only of a server, an instance, nginx, or nginx-access.", helpValue: "NAME" }),
	};

	async run(): Promise<{ lines: string[] } | undefined> {
		const { args, flags } = await this.parse(BackendLogs);
		const { place } = await this.backend(args.file);
		this.asLines = flags.follow && this.jsonEnabled();
		const lines: string[] = [];
		for await (const line of backendLines(place, { ...flags, signal: this.signal })) {
			if (this.asLines) this.logJson({ line });
			else if (this.jsonEnabled()) lines.push(line);
			else this.logForeign(line);
			await this.drained();
		}
		this.exitAsStopped();
		return this.asLines ? undefined : { lines };
	}
}
