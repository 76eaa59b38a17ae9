import { BaseCommand } from "../cli/base-command.ts";
import { ago, table } from "../system/text.ts";
import { statusOf, type InstanceStatus } from "../rollout/status.ts";

export default class Status extends BaseCommand {
	static override summary = "Show what runs on each instance, what should run, and whether it polls.";
	static override examples = ["<%= config.bin %> <%= command.id %>", "<%= config.bin %> <%= command.id %> --json"];

	async run(): Promise<{ instances: InstanceStatus[] }> {
		const context = await this.context();
		const ports = { ...context, open: (name: string) => context.instance(name) };
		const instances = await statusOf(ports, Object.keys(context.config.instances));
		this.log(render(instances, context.clock.now()));
		if (instances.some(({ verdict }) => verdict !== "ok")) this.exitWith("findings");
		return { instances };
	}
}

function render(instances: readonly InstanceStatus[], now: number): string {
	if (instances.length === 0)
		return "cres.yaml names no instance; next: cres instance adopt NAME --host HOST --key FILE";
	const rows = instances.map(({ instance, running, wanted, generation, pollers, verdict }) => [
		instance,
		running?.buildId ?? "-",
		wanted?.buildId ?? "-",
		generation === null ? "-" : String(generation),
		running ? ago(now - Date.parse(running.since)) : "-",
		pollers.map((poller) => `${poller.role}/${poller.type} ${poller.verdict}`).join(", ") || "-",
		verdict,
	]);
	const findings = instances.flatMap(({ instance, detail, fix }) =>
		detail ? [`${instance}: ${detail}${fix ? `\n  → ${fix}` : ""}`] : [],
	);
	return [table(["INSTANCE", "RUNNING", "WANTED", "GEN", "SINCE", "POLLERS", "VERDICT"], rows), ...findings].join("\n");
}
