import { makeHostKey, startSshServer, type SshServer } from "./ssh-server.ts";

/** Somebody else's container at a port that was ours. */
export interface Tenant {
	port: number;
	/** Its own number, in its CONTAINER_ID. */
	contract: number;
	/** Commands that were run on it by whoever took it for his own. */
	commands: string[];
}

export interface Tenants {
	/** Lets a stranger's sshd answer there; it takes any key. */
	moveIn(port: number, contract: number): Promise<void>;
	list(): Tenant[];
	close(): Promise<void>;
}

/** The strangers of one simulator. */
export function createTenants(): Tenants {
	const servers: SshServer[] = [];
	const all: Tenant[] = [];
	return {
		async moveIn(port, contract) {
			const tenant: Tenant = { port, contract, commands: [] };
			const exec = (command: string) => {
				tenant.commands.push(command);
				return { stdout: command.includes("cres-probe-begin") ? strangersProbe(contract) : "", exitCode: 0 };
			};
			servers.push(await startSshServer({ port, hostKey: makeHostKey(), keys: () => "any", exec }));
			all.push(tenant);
		},
		list: () => all,
		close: async () => void (await Promise.all(servers.splice(0).map((server) => server.close()))),
	};
}

const strangersProbe = (contract: number): string =>
	[
		"cres-probe-begin",
		`container_id=${contract}`,
		"worker_container=",
		"build_info=",
		"worker=none",
		"worker_pid=",
		"cres-probe-end",
		"",
	].join("\n");
