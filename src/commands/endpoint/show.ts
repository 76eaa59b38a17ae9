import { Args } from "@oclif/core";
import { LookingCommand } from "../../cli/looking-command.ts";
import { screenColumns } from "../../cli/screen.ts";
import { renderOne, renderShown, shownEndpoints, type ShownEndpoint } from "../../endpoint/show.ts";

export default class EndpointShow extends LookingCommand {
	static override summary = "Show each instance's recorded SSH endpoint, without asking Vast.";
	static override description = "One instance is shown in full; of several, a narrow terminal shows no host keys.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> gpu-1 --json",
	];
	static override args = { instance: Args.string({ description: "Only this instance." }) };

	protected async look(): Promise<{ endpoints: ShownEndpoint[] }> {
		const { args } = await this.parse(EndpointShow);
		const context = await this.context();
		const names = args.instance === undefined ? Object.keys(context.config.instances) : [args.instance];
		const instances = await Promise.all(names.map((name) => context.instance(name)));
		const endpoints = await shownEndpoints(instances);
		const [first] = endpoints;
		this.log(first && args.instance !== undefined ? renderOne(first) : renderShown(endpoints, screenColumns()));
		return { endpoints };
	}
}
