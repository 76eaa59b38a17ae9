import type { GatewayOutput } from "../../backend/gateway-file.ts";
import { GatewayCommand } from "../../cli/gateway-command.ts";

export default class BackendGenNginxConf extends GatewayCommand {
	static override summary = "Print the configuration of nginx: another name of cres backend gateway.";
	static override examples = ["<%= config.bin %> <%= command.id %> -o nginx-dev.conf --validate"];

	run(): Promise<GatewayOutput> {
		return this.print();
	}
}
