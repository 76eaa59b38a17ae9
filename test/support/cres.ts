import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import type { TestPerimeter } from "./perimeter.ts";
import { BIN } from "./built.ts";
import { PLAIN_PERIMETER } from "./plain-perimeter.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface Ran {
	exitCode: number | null;
	stdout: string;
	stderr: string;
}

/** A directory with cres.yaml and .env in which the built `cres` is run as a person would. */
export interface Project {
	directory: string;
	/** Name of its one instance, unlike any other project's. */
	instance: string;
	/** Everything that any command printed here, for the search for secrets. */
	printed: string[];
	cres(...args: string[]): Promise<Ran>;
	/** Runs a command and does something to it, or to the world, on the way. */
	start(args: readonly string[], trigger?: Trigger): Promise<Ran>;
	/** What its commands have for temporary files; empty between them. */
	temporary: string;
}

/** What is done, once, as soon as a command has printed `text`. */
export interface Trigger {
	text: string;
	act(child: ChildProcess): void;
}

export const sending = (signal: NodeJS.Signals, text: string): Trigger => ({
	text,
	act: (child) => void child.kill(signal),
});

type Settings = Record<string, unknown>;

/** The settings of cres.yaml for one instance of the perimeter; tests change what they are about. */
export function settingsFor(
	perimeter: TestPerimeter,
	instance: string,
): Settings & { instances: Record<string, Settings> } {
	const { gateway, registry, temporal, store } = perimeter;
	const port = (address: string): string => address.split(":").at(-1)!;
	const endpoint = new URL(store.endpoint).host;
	return {
		project: `test-${instance}`,
		image: { repository: "cres/worker", context: root },
		registry: {
			push: { address: registry.address, tls: false },
			pull: { address: `${gateway}:${port(registry.address)}`, tls: false },
		},
		temporal: { ...temporal, instance_address: `${gateway}:${port(temporal.address)}` },
		store: { endpoint, instance_endpoint: `${gateway}:${port(endpoint)}` },
		queue: `queue-${instance}`,
		rollout: { deploy_timeout: "45s", drain_timeout: "5s", watch: "1s", retain: 2 },
		instances: {
			[instance]: {
				driver: "docker",
				host: "127.0.0.1",
				port: perimeter.instance.port,
				user: "root",
				key: perimeter.instance.key,
				docker_socket: perimeter.instance.socket,
				roles: ["cpu"],
				env: { EGRESS_ALLOW: `${gateway.replace(/\d+$/, "0")}/24` }, // the media server is there
			},
		},
	};
}

export const environmentOf = ({ registry, store, baseImage }: TestPerimeter): Record<string, string> => ({
	REGISTRY_USERNAME: registry.username,
	REGISTRY_PASSWORD: registry.password,
	MINIO_ACCESS_KEY: store.accessKey,
	MINIO_SECRET_KEY: store.secretKey,
	BASE_IMAGE: baseImage,
});

export const writeSettings = (directory: string, settings: Settings): Promise<void> =>
	writeFile(join(directory, "cres.yaml"), stringify(settings));

export const writeEnvironment = (directory: string, environment: Readonly<Record<string, string>>): Promise<void> =>
	writeFile(
		join(directory, ".env"),
		Object.entries(environment)
			.map(([name, value]) => `${name}=${value}\n`)
			.join(""),
		{ mode: 0o600 },
	);

/** A new project for `instance`. `settings` and `environment` are the whole files when given. */
export async function makeProject(
	perimeter: TestPerimeter,
	instance: string,
	settings: Settings = settingsFor(perimeter, instance),
	environment: Readonly<Record<string, string>> = environmentOf(perimeter),
): Promise<Project> {
	const directory = await mkdtemp(join(tmpdir(), `cres-${instance}-`));
	await mkdir(join(directory, "docs"));
	await writeFile(join(directory, "docs", "PLAN.md"), "# PLAN\n");
	await writeFile(join(directory, "docs", "Perimeter.md"), PLAIN_PERIMETER);
	await Promise.all([writeSettings(directory, settings), writeEnvironment(directory, environment)]);
	const temporary = join(directory, ".tmp");
	await mkdir(temporary);
	const printed: string[] = [];
	const start = async (args: readonly string[], trigger?: Trigger) => {
		const ran = await runCres({ directory, temporary }, args, trigger);
		printed.push(ran.stdout, ran.stderr);
		return ran;
	};
	return { directory, temporary, instance, printed, start, cres: (...args) => start(args) };
}

/** Runs the built program as a person would. */
export function runCres(
	{ directory: cwd, temporary }: Pick<Project, "directory" | "temporary">,
	args: readonly string[],
	trigger?: Trigger,
): Promise<Ran> {
	const { PATH, HOME, NODE_EXTRA_CA_CERTS } = process.env;
	const env = {
		PATH,
		HOME,
		TMPDIR: temporary,
		NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"), // else it would lie in the empty TMPDIR
		...(NODE_EXTRA_CA_CERTS === undefined ? {} : { NODE_EXTRA_CA_CERTS }),
	};
	const child = spawn(process.execPath, [BIN, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
	return new Promise((resolve, reject) => {
		let [stdout, stderr, triggered] = ["", "", false];
		const look = () => {
			if (triggered || !trigger || !`${stdout}${stderr}`.includes(trigger.text)) return;
			triggered = true;
			trigger.act(child);
		};
		child.stdout.on("data", (chunk: Buffer) => {
			stdout += chunk.toString();
			look();
		});
		child.stderr.on("data", (chunk: Buffer) => {
			stderr += chunk.toString();
			look();
		});
		child.once("error", reject);
		child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
	});
}
