import { Args } from "@oclif/core";
import { LookingCommand } from "../../cli/looking-command.ts";
import { discoverAll, type DiscoveryRow } from "../../endpoint/discover.ts";
import { renderDiscoveries } from "../../endpoint/render.ts";
import { contractNames } from "../../vast/ours.ts";

export default class EndpointDiscover extends LookingCommand {
	static override summary = "Ask Vast where instances answer, log in there, and compare with the record.";
	static override description =
		"Verifies host key and CONTAINER_ID over ssh. Records nothing. Exits 3 when the record differs or an endpoint cannot be verified.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> gpu-1",
		"<%= config.bin %> <%= command.id %> --json",
	];
	static override args = {
		instance: Args.string({ description: "Only this instance; default: all with driver vast." }),
	};

	protected async look(): Promise<{ endpoints: DiscoveryRow[] }> {
		const { args } = await this.parse(EndpointDiscover);
		const context = await this.context();
		const names = args.instance === undefined ? contractNames(context.config) : [args.instance];
		const instances = await Promise.all(names.map((name) => context.instance(name)));
		const ask = () => discoverAll(instances);
		const endpoints = await context.progress.step("ask Vast and log in", ask);
		this.log(renderDiscoveries(endpoints));
		if (endpoints.some(({ differs, failure }) => differs || failure)) this.exitWith("findings");
		return { endpoints };
	}
}
