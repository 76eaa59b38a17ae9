import type { GatewayOutput } from "../../backend/gateway-file.ts";
import BackendGateway from "./gateway.ts";

export default class BackendGenNginxConf extends BackendGateway {
	static override summary = "Print the configuration of nginx: another name of cres backend gateway.";
	static override examples = ["<%= config.bin %> <%= command.id %> -o nginx-dev.conf --validate"];

	override run(): Promise<GatewayOutput> {
		return super.run();
	}
}
