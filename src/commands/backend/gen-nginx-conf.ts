import type { GatewayOutput } from "../../backend/gateway-file.ts";
import { GatewayCommand, gatewayArgs, gatewayFlags } from "../../cli/gateway-command.ts";

/** The default of backend_manager.py gen-nginx-conf, whose name this is. */
const DEFAULT = "nginx-dev.conf";

export default class BackendGenNginxConf extends GatewayCommand {
	static override summary = "Write the configuration of nginx to nginx-dev.conf or another file.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> --validate",
		"<%= config.bin %> <%= command.id %> prod-config.yaml -o nginx.conf",
	];
	static override args = gatewayArgs;
	static override flags = gatewayFlags;

	async run(): Promise<GatewayOutput> {
		const { args, flags } = await this.parse(BackendGenNginxConf);
		return this.print(args.file, { ...flags, output: flags.output ?? DEFAULT });
	}
}
