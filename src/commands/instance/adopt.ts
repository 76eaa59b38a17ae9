import { Args, Flags } from "@oclif/core";
import { BaseCommand } from "../../cli/base-command.ts";
import { chooseRoles } from "../../cli/choose-roles.ts";
import { confirm } from "../../cli/confirm.ts";
import { ROLES, type Role } from "../../contracts/queues.ts";
import { adopt, type Adopted } from "../../instances/docker/adopt.ts";
import { renderAdopted } from "../../instances/render-adopted.ts";
import { adoptContract, type AdoptedContract } from "../../instances/vast/adopt.ts";
import { defined } from "../../system/defined.ts";

export default class InstanceAdopt extends BaseCommand {
	static override summary = "Record a host or a Vast contract as an instance and pin its ssh host key.";
	static override description =
		"A host: shows its key's fingerprint, logs in with it and looks for Docker. A contract: looks at its run type, label and ssh keys, and verifies by a login that it is that contract. Only then are cres.yaml and the pin written.";
	static override examples = [
		"<%= config.bin %> <%= command.id %> cpu-1 --host 203.0.113.7 --key ~/.ssh/id_ed25519",
		"<%= config.bin %> <%= command.id %> cpu-1 --replace-key",
		"<%= config.bin %> <%= command.id %> gpu-1 --vast-id 36717044 --role gpu",
	];
	static override args = { instance: Args.string({ required: true, description: "Name of the instance." }) };
	static override flags = {
		"vast-id": Flags.integer({ summary: "Number of the Vast contract.", exclusive: ["host", "port", "docker-socket"] }),
		relabel: Flags.boolean({ summary: "Take a contract whose label names something else.", dependsOn: ["vast-id"] }),
		host: Flags.string({ summary: "Address of its sshd." }),
		port: Flags.integer({ summary: "Port of its sshd.", min: 1, max: 65535 }),
		user: Flags.string({ summary: "User to log in as." }),
		key: Flags.string({ summary: "Private key file." }),
		"docker-socket": Flags.string({ summary: "Socket of its Docker daemon." }),
		role: Flags.string({
			summary: "Role it plays, needed for a new instance with a GPU; may be given twice.",
			options: ROLES,
			multiple: true,
		}),
		"replace-key": Flags.boolean({ summary: "Accept a host key other than the pinned one." }),
		yes: Flags.boolean({ char: "y", aliases: ["accept-host-key"], summary: "Accept the fingerprint without asking." }),
	};

	async run(): Promise<Adopted | AdoptedContract> {
		const { args, flags } = await this.parse(InstanceAdopt);
		const { config, ...context } = await this.context();
		const { host, port, user, key, role, "docker-socket": docker_socket, "vast-id": id } = flags;
		const roles = role as Role[] | undefined;
		const confirmed = async (fingerprint: string) => {
			context.progress.note(`host key of ${args.instance}: ${fingerprint}`);
			return flags.yes || (await confirm(`Accept the host key ${fingerprint} for ${args.instance}?`, "--yes"));
		};
		const { signal } = this;
		const common = { config, signal, confirm: confirmed, chooseRoles: () => chooseRoles(args.instance) };
		const isRented = "id" in (config.instances[args.instance] ?? {});
		const atVast = id !== undefined || (host === undefined && isRented);
		const result = atVast
			? await adoptContract(args.instance, defined({ id, user, key, roles }), {
					...common,
					account: await context.vast(),
					note: (text) => context.progress.note(text),
					relabel: flags.relabel,
				})
			: await adopt(args.instance, defined({ host, port, user, key, docker_socket, roles }), {
					...common,
					...{ clock: context.clock, replaceKey: flags["replace-key"] },
				});
		this.log(renderAdopted(result));
		return result;
	}
}
