import { Flags } from "@oclif/core";
import { BackendCommand, backendFile } from "../../cli/backend-command.ts";
import { gatewayOutput, type GatewayOutput } from "../../backend/gateway-file.ts";

export default class BackendGateway extends BackendCommand {
	static override summary = "Print the configuration of nginx that a backend's settings come to.";
	static override aliases = ["backend:gen-nginx-conf"];
	static override examples = [
		"<%= config.bin %> <%= command.id %> --validate",
		"<%= config.bin %> <%= command.id %> prod-config.yaml -o nginx.conf",
	];
	static override args = { file: backendFile };
	static override flags = {
		output: Flags.string({ char: "o", summary: "Write it to this file instead.", helpValue: "FILE" }),
		validate: Flags.boolean({ summary: "Have nginx check it.", default: false }),
	};

	async run(): Promise<GatewayOutput> {
		const { args, flags } = await this.parse(BackendGateway);
		const { ports, place } = await this.backend(args.file);
		const made = await gatewayOutput(ports, place, flags);
		this.log(made.file === null ? made.text.trimEnd() : `written to ${made.file}`);
		if (made.valid) (await this.talk()).note("nginx accepts it");
		return made;
	}
}
