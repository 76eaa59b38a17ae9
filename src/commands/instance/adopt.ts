import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { confirm } from "../../cli/confirm.ts";
import { ROLES } from "../../contracts/queues.ts";
import { adopt, configFile, type Adopted, type AdoptSettings } from "../../instance/adopt.ts";

export default class InstanceAdopt extends BaseCommand {
	static override summary = "Record a host as an instance and pin its ssh host key.";
	static override description =
		"Shows the host key's fingerprint, logs in with it, looks for Docker, and only then writes cres.yaml and the pin.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1 --host 203.0.113.7 --user ops --key ~/.ssh/id_ed25519",
		"<%= config.bin %> <%= command.id %> cpu-1 --replace-key",
	];
	static override args = { instance: Args.string({ required: true, description: "Name of the instance." }) };
	static override flags = {
		host: Flags.string({ summary: "Address of its sshd." }),
		port: Flags.integer({ summary: "Port of its sshd.", min: 1, max: 65535 }),
		user: Flags.string({ summary: "User to log in as." }),
		key: Flags.string({ summary: "Private key file." }),
		"docker-socket": Flags.string({ summary: "Socket of its Docker daemon." }),
		role: Flags.string({ summary: "Role it plays; may be given twice.", options: ROLES, multiple: true }),
		"replace-key": Flags.boolean({ summary: "Accept a host key other than the pinned one." }),
		yes: Flags.boolean({ char: "y", summary: "Accept the fingerprint without asking." }),
	};

	async run(): Promise<Adopted> {
		const { args, flags } = await this.parse(InstanceAdopt);
		const { config, clock, signal, progress } = await this.context();
		const { host, port, user, key, role, "docker-socket": docker_socket } = flags;
		const given = Object.fromEntries(
			Object.entries({ host, port, user, key, docker_socket, roles: role }).filter(([, value]) => value !== undefined),
		) as AdoptSettings;
		const accept = async (fingerprint: string) => {
			progress.note(`host key of ${args.instance}: ${fingerprint}`);
			return flags.yes || (await confirm(`Accept this key for ${args.instance}?`, "--yes"));
		};
		const options = { config, configPath: flags.config ?? configFile(config), clock, signal, confirm: accept };
		const result = await adopt(args.instance, given, { ...options, replaceKey: flags["replace-key"] });
		this.log(
			`${result.instance} at ${result.endpoint} answers as ${result.fingerprint} (${result.facts.platform}); next: cres deploy ${result.instance}`,
		);
		return result;
	}
}
