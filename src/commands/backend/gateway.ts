import type { GatewayOutput } from "../../backend/gateway-file.ts";
import { GatewayCommand, gatewayArgs, gatewayFlags } from "../../cli/gateway-command.ts";

export default class BackendGateway extends GatewayCommand {
	static override summary = "Print the configuration of nginx that a backend's settings come to.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --validate",
		"<%= config.bin %> <%= command.id %> prod-config.yaml -o nginx.conf",
	];
	static override args = gatewayArgs;
	static override flags = gatewayFlags;

	async run(): Promise<GatewayOutput> {
		const { args, flags } = await this.parse(BackendGateway);
		return this.print(args.file, flags);
	}
}
