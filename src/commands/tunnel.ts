import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../cli/base-command.ts";
import { mappingsOf } from "../endpoint/mapping.ts";
import { tunnelCommand, type SshCommand } from "../endpoint/ssh-command.ts";
import { runTunnel, type Tunnel as Forwarded } from "../endpoint/tunnel.ts";
import { instance } from "../cli/flags.ts";

export default class Tunnel extends BaseCommand {
	static override summary = "Forward ports of this machine to ports of an instance until Ctrl-C.";
	static override description =
		"Opens 127.0.0.1 only, over a connection to the pinned host key. Default: 8081 (llama-server) and 8100 (compute API).";
	static override examples = [
		"<%= config.bin %> <%= command.id %> gpu-1",
		"<%= config.bin %> <%= command.id %> gpu-1 18081:8081 18100:8100",
		"<%= config.bin %> <%= command.id %> gpu-1 --print",
	];
	static override args = {
		instance,
		mapping: Args.string({ multiple: true, description: "local:remote ports, any number of them." }),
	};
	static override flags = { print: Flags.boolean({ summary: "Print the OpenSSH command, do not run it." }) };

	async run(): Promise<Forwarded | SshCommand> {
		const { args, flags } = await this.parse(Tunnel);
		const mappings = mappingsOf(args.mapping ?? []);
		const context = await this.context();
		const instance = await context.instance(args.instance);
		if (flags.print) {
			const command = await tunnelCommand(context, instance, mappings);
			this.log(command.command);
			return command;
		}
		const opened = () => {
			for (const { local, remote } of mappings) this.log(`127.0.0.1:${local} → ${args.instance}:${remote}`);
			context.progress.note("forwarding until Ctrl-C");
		};
		const note = (text: string) => context.progress.note(text);
		const tunnel = await runTunnel({ ...context, opened, note }, instance, mappings);
		this.exitAsStopped();
		return tunnel;
	}
}
