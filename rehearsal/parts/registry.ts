import { join } from "node:path";
import { writeTextAtomic } from "../../src/system/files.ts";
import { ensureService, startService, stopService, type Service } from "../process.ts";
import type { Part, PartContext } from "../part.ts";

const service = ({ directory }: PartContext): Service => ({ name: "registry", directory });

const configText = (storage: string, htpasswd: string, address: string): string => `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${JSON.stringify(storage)} }
  delete: { enabled: true }
http: { addr: "${address}" }
auth: { htpasswd: { realm: rehearsal, path: ${JSON.stringify(htpasswd)} } }
`;

/** Debian's docker-registry with one random account. */
export const registry: Part = {
	name: "registry",
	at: ({ ports }) => `127.0.0.1:${ports.registry}`,
	async up(context) {
		const { directory, ports, credentials } = context;
		const start = async () => {
			const { hash } = await import("bcryptjs");
			const { username, password } = credentials.registry;
			const [htpasswd, config] = [join(directory, "registry.htpasswd"), join(directory, "registry.yml")];
			await writeTextAtomic(htpasswd, `${username}:${await hash(password, 5)}\n`, 0o600);
			await writeTextAtomic(config, configText(join(directory, "registry"), htpasswd, `127.0.0.1:${ports.registry}`));
			await startService(service(context), "docker-registry", ["serve", config]);
		};
		return ensureService(service(context), () => registry.status(context), start);
	},
	down: (context) => stopService(service(context)),
	async status({ ports, credentials: { registry: account } }) {
		const authorization = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString("base64")}`;
		const answer = await fetch(`http://127.0.0.1:${ports.registry}/v2/`, { headers: { authorization } });
		return answer.ok;
	},
};
