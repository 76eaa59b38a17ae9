import { Args } from "@oclif/core";
import { failureText } from "../cli/failure-text.ts";
import { watch } from "../cli/flags.ts";
import { screenColumns } from "../cli/screen.ts";
import { WatchingCommand } from "../cli/watching-command.ts";
import { instanceConfig } from "../instances/find.ts";
import { renderStatus, temporalFailures } from "../rollout/render-status.ts";
import { statusOf, type StatusReport } from "../rollout/status.ts";

export default class Status extends WatchingCommand {
	static override summary = "Show what runs on each instance, what should run, and whether it polls.";
	static override description =
		"Exits 3 when an instance is not ok. A terminal wider than 80 columns also shows GEN and SINCE.";
	static override examples = [
		"<%= config.bin %> <%= command.id %>",
		"<%= config.bin %> <%= command.id %> cpu-1 vast-2 --watch",
		"<%= config.bin %> <%= command.id %> --json",
	];
	static override args = {
		instance: Args.string({ multiple: true, description: "Instances; default: all of cres.yaml." }),
	};
	static override flags = { watch };

	async run(): Promise<StatusReport | undefined> {
		const { args, flags } = await this.parse(Status);
		const { clock, config, ...context } = await this.context();
		const names = [...new Set(args.instance ?? Object.keys(config.instances))];
		for (const name of names) instanceConfig(config, name);
		const ports = { ...context, config, clock, open: (name: string) => context.instance(name) };
		const look = () => statusOf(ports, names);
		const render = (seen: StatusReport) => renderStatus(seen, clock.now(), screenColumns());
		const screen = (seen: StatusReport) => [render(seen), failureText(temporalFailures(seen), [])].join("\n").trimEnd();
		if (flags.watch) return this.watch({ look, render: screen, clock });
		const report = await this.seen({ look, render });
		await this.tell(temporalFailures(report));
		if (report.instances.some(({ verdict }) => verdict !== "ok")) this.exitWith("findings");
		return report;
	}
}
