import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRegistry, type Registry } from "../../src/registry/registry.ts";
import { freePort } from "./free-ports.ts";

/** Debian's docker-registry (distribution 2.8), which has no referrers API, on a port of loopback. */
export interface DockerRegistry extends AsyncDisposable {
	/** host:port */
	address: string;
	client(): Registry;
}

const configText = (storage: string, address: string): string => `version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: ${JSON.stringify(storage)} } }
http: { addr: "${address}" }
`;

/** Starts one with nothing in it; it is stopped, and its directory removed, when it is disposed of. */
export async function dockerRegistry(): Promise<DockerRegistry> {
	const directory = await mkdtemp(join(tmpdir(), "cres-registry-"));
	const address = `127.0.0.1:${await freePort()}`;
	const config = join(directory, "registry.yml");
	await writeFile(config, configText(join(directory, "registry"), address));
	const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
	const client = (): Registry => createRegistry({ address, tls: false }, undefined, { timeoutMs: 5_000 });
	await answers(client());
	return {
		address,
		client,
		async [Symbol.asyncDispose]() {
			const ended = once(child, "exit");
			child.kill("SIGKILL");
			await ended;
			await rm(directory, { recursive: true, force: true });
		},
	};
}

async function answers(registry: Registry): Promise<void> {
	for (let tries = 0; ; tries++)
		try {
			return await registry.ping();
		} catch (error) {
			if (tries === 100) throw error;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
}
