import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import Docker from "dockerode";
import { afterEach, beforeAll, inject } from "vitest";
import { LABEL } from "../../../src/contracts/labels.ts";
import { lastBuild } from "../../../src/state/last-build.ts";
import { stateOf } from "../../support/deployable.ts";
import type { TestPerimeter } from "../../support/perimeter.ts";

const SUPERVISOR = ["supervisorctl", "-c", "/app/images/etc/supervisord.conf"];

/** A container of the app image, without an address that anything answers at. */
export interface BootedContainer {
	/** Standard output of a command in it. */
	exec: (...argv: string[]) => Promise<string>;
	/** Everything it has printed so far. */
	log: () => Promise<string>;
	/** Everything it has printed until that matches, or until it ends, however long that takes. */
	logUntil: (pattern: RegExp) => Promise<string>;
	/** Waits for its end; returns the exit code and everything that it has printed. */
	end: () => Promise<{ exitCode: number; log: string }>;
	/** supervisord's word for each program. */
	states: () => Promise<Record<string, string>>;
	/** SIGTERM; returns the exit code and how long it took in milliseconds. */
	stop: () => Promise<{ exitCode: number; ms: number }>;
	remove: () => Promise<void>;
}

/** Nothing answers there: boot asks neither, and the programs wait. */
export const ENVIRONMENT = {
	TEMPORAL_ADDRESS: "127.0.0.1:1",
	MINIO_ENDPOINT: "127.0.0.1:1",
	MINIO_ACCESS_KEY: "sentinel-access",
	AWS_SECRET_ACCESS_KEY: "sentinel-secret",
	WORKER_INSTANCE_NAME: "box-1",
};
/** The same with every program, without a GPU. */
export const BOTH = { ...ENVIRONMENT, WORKER_MODE: "both", GPU_PRETEND: "1" };

/** The app image of the perimeter, and for each test one container of it, which is removed after the test. */
export function bootOfTest() {
	let image: string;
	let container: BootedContainer | undefined;
	beforeAll(async () => void (image = await appImage(inject("perimeter"))));
	afterEach(async () => {
		await container?.remove();
		container = undefined;
	});
	return {
		image: () => image,
		container: () => container!,
		start: async (...of: [Record<string, string>, string[]?, string[]?]): Promise<BootedContainer> =>
			(container = await startContainer(image, ...of)),
	};
}

const docker = async (...argv: string[]): Promise<string> => {
	const { stdout, stderr } = await promisify(execFile)("docker", argv);
	return stdout + stderr;
};

/** Id of the app image that the perimeter was given, on this machine's daemon. */
async function appImage({ project, registry }: TestPerimeter): Promise<string> {
	const { digest, buildId } = (await lastBuild(stateOf(project), "cpu"))!;
	const ours = ["--filter", `label=${LABEL.buildId}=${buildId}`, "--filter", `label=${LABEL.kind}=app`];
	const [id] = (await docker("images", "-q", ...ours)).split("\n");
	if (id) return id;
	const { username, password, address } = registry;
	const authconfig = { username, password, serveraddress: address };
	const engine = new Docker({ socketPath: "/var/run/docker.sock" });
	const stream = await engine.pull(`${address}/cres/worker@${digest}`, { authconfig });
	await new Promise((resolve, reject) =>
		engine.modem.followProgress(stream, (error, done) => (error ? reject(error) : resolve(done))),
	);
	return `${address}/cres/worker@${digest}`;
}

/** A label of an image on this machine's daemon. */
export const imageLabel = async (image: string, name: string): Promise<string> =>
	(await docker("image", "inspect", "--format", `{{index .Config.Labels "${name}"}}`, image)).trim();

/** Reads the log as it grows: a container prints when it can, which on a busy machine is late. */
async function logUntil(id: string, pattern: RegExp): Promise<string> {
	const reader = spawn("docker", ["logs", "--follow", id], { stdio: ["ignore", "pipe", "pipe"] });
	const { promise: seen, resolve } = Promise.withResolvers<void>();
	let text = "";
	for (const stream of [reader.stdout, reader.stderr])
		stream.setEncoding("utf8").on("data", (part: string) => {
			text += part;
			if (pattern.test(text)) resolve();
		});
	await Promise.race([seen, once(reader, "close")]);
	reader.kill();
	return text;
}

/** Starts a container; `options` stand before the image, `command` after it. */
async function startContainer(
	image: string,
	environment: Record<string, string>,
	options: readonly string[] = [],
	command: readonly string[] = [],
): Promise<BootedContainer> {
	const variables = Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
	const id = (await docker("run", "--detach", ...variables, ...options, image, ...command)).trim();
	const exec = async (...argv: string[]) => (await promisify(execFile)("docker", ["exec", id, ...argv])).stdout;
	return {
		exec,
		log: () => docker("logs", id),
		logUntil: (pattern) => logUntil(id, pattern),
		async end() {
			// The daemon tells of an end once the log is complete.
			const exitCode = Number(await docker("wait", id));
			return { exitCode, log: await docker("logs", id) };
		},
		async states() {
			// It exits 3 when a program does not run.
			const text = await exec("sh", "-c", `${SUPERVISOR.join(" ")} status || true`);
			return Object.fromEntries([...text.matchAll(/^(\S+) +([A-Z]+)/gm)].map(([, name, state]) => [name, state]));
		},
		async stop() {
			const started = Date.now();
			await docker("stop", "--time", "30", id);
			const exitCode = Number(await docker("inspect", "--format", "{{.State.ExitCode}}", id));
			return { exitCode, ms: Date.now() - started };
		},
		remove: async () => void (await docker("rm", "--force", "--volumes", id)),
	};
}
