import { Args, Flags } from "@oclif/core";
import { LookingCommand } from "../../cli/looking-command.ts";
import type { Instance } from "../../instances/instance.ts";
import { renderReport } from "../../perimeter/render.ts";
import { checkPerimeter, type PerimeterReport } from "../../perimeter/report.ts";
import { renderRunSpec } from "../../rollout/run-spec.ts";

export default class PerimeterCheck extends LookingCommand {
	static override summary = "Check the addresses that instances get against docs/Perimeter.md.";
	static override description =
		"Reads every instance's environment as cres.yaml gives it, and the endpoints on record. Exits 3 when an address is outside the perimeter; warnings alone exit 0.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> gpu-1 --running",
	];
	static override args = { instance: Args.string({ description: "Only this instance." }) };
	static override flags = {
		running: Flags.boolean({ summary: "Also look into the environment of the containers that run." }),
	};

	protected async look(): Promise<PerimeterReport> {
		const { args, flags } = await this.parse(PerimeterCheck);
		const context = await this.context();
		const names = args.instance === undefined ? Object.keys(context.config.instances) : [args.instance];
		const instances = await Promise.all(names.map((name) => context.instance(name)));
		const { config } = context;
		const rendered = ({ name, settings }: Instance) => renderRunSpec(config, name, settings, {}, false).env;
		const report = await checkPerimeter(instances, { config, rendered, running: flags.running });
		this.log(renderReport(report));
		if (report.failed > 0) this.exitWith("findings");
		return report;
	}
}
