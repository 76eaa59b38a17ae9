import { join } from "node:path";
import { writeDurably } from "../../src/system/durable-files.ts";
import type { PartContext } from "../part.ts";
import { servicePart } from "../service-part.ts";

const configText = (storage: string, htpasswd: string, address: string): string => `version: 0.1
log: { level: warn, accesslog: { disabled: true } }
storage:
  filesystem: { rootdirectory: ${JSON.stringify(storage)} }
  delete: { enabled: true }
http: { addr: "${address}" }
auth: { htpasswd: { realm: rehearsal, path: ${JSON.stringify(htpasswd)} } }
`;

/** Debian's docker-registry with one random account. */
export const registry = servicePart({
	name: "registry",
	at: ({ ports }) => `127.0.0.1:${ports.registry}`,
	async program({ directory, ports, credentials }) {
		const { hash } = await import("bcryptjs");
		const { username, password } = credentials.registry;
		const [htpasswd, config] = [join(directory, "registry.htpasswd"), join(directory, "registry.yml")];
		await writeDurably(htpasswd, `${username}:${await hash(password, 5)}\n`, { mode: 0o600 });
		await writeDurably(config, configText(join(directory, "registry"), htpasswd, `127.0.0.1:${ports.registry}`));
		return { file: "docker-registry", args: ["serve", config] };
	},
	status: async (context) => (await ask(context, "/v2/")).ok,
});

const BASE = "cres/worker-base";

/** A base image that was pushed, as the instance's daemon addresses it: an operating system with an sshd. */
export async function anyBaseImage(context: PartContext): Promise<string> {
	const answer = await ask(context, `/v2/${BASE}/tags/list`);
	const { tags } = (await answer.json()) as { tags?: string[] | null };
	const tag = tags?.find((name) => name.startsWith("b-"));
	if (tag === undefined) throw new Error(`no ${BASE} was pushed to the registry at ${registry.at(context)}`);
	return `${context.bridge.gateway}:${context.ports.registry}/${BASE}:${tag}`;
}

function ask({ ports, credentials }: PartContext, path: string): Promise<Response> {
	const { username, password } = credentials.registry;
	const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
	return fetch(`http://127.0.0.1:${ports.registry}${path}`, {
		headers: { authorization },
		signal: AbortSignal.timeout(10_000),
	});
}
