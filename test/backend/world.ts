import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished, vi } from "vitest";
import { stringify } from "yaml";
import type { BackendPorts } from "../../src/backend/ports.ts";
import { placeOf, type BackendPlace } from "../../src/backend/place.ts";
import { startBackend, type Started } from "../../src/backend/start.ts";
import { backendStatus } from "../../src/backend/status.ts";
import { stopBackend } from "../../src/backend/stop.ts";
import { openMachine } from "../../src/cli/machine.ts";
import { silent } from "../../src/system/progress.ts";
import { freePorts } from "../support/free-ports.ts";
import { NGINX } from "../support/nginx.ts";
import { ROOT } from "../support/sources.ts";

/**
 * A server: it answers every path with its pid and modules; `/die` ends it, `/slow` takes 300 ms, `/say`
 * has a line in its log. `deaf` ignores
 * SIGTERM, `sick` answers 500, `dies` ends at once; each starts a child that waits.
 */
const SERVER = `
const { createServer } = require("node:http");
const { spawn } = require("node:child_process");
const [port, kind] = [Number(process.argv[2]), process.argv[3]];
const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: "ignore" });
console.log("child", child.pid);
if (kind === "dies") { console.error("cannot read the settings"); process.exit(3); }
const server = createServer(async (request, response) => {
	if (request.url.endsWith("/die")) process.exit(3);
	if (request.url.endsWith("/say")) console.log("asked for", request.url);
	if (request.url.endsWith("/slow")) await new Promise((resolve) => setTimeout(resolve, 300));
	const seen = { pid: process.pid, child: child.pid, modules: process.env.ENABLED_MODULES, path: request.url };
	response.writeHead(kind === "sick" ? 500 : 200, { "content-type": "application/json" });
	response.end(JSON.stringify({ ...seen, secret: process.env.SECRET, headers: request.headers }));
}).listen(port, "127.0.0.1");
process.on("SIGTERM", () => { if (kind !== "deaf") { child.kill("SIGKILL"); server.close(() => process.exit(0)); server.closeIdleConnections(); } });
`;

export interface World {
	place: BackendPlace;
	ports: BackendPorts;
	/** The gateway's. */
	port: number;
	start(): Promise<Started>;
	stop(graceMs?: number): ReturnType<typeof stopBackend>;
	status(): ReturnType<typeof backendStatus>;
	/** The JSON that a path of the gateway answers. */
	ask(path: string, options?: RequestInit): Promise<Answer>;
	/** Changes the file of the backend. */
	write(settings: object): Promise<void>;
}

export interface Answer {
	pid: number;
	child: number;
	modules: string;
	path: string;
	secret?: string;
	headers: Record<string, string>;
}

// Each test starts a handful of programs; on a busy machine that takes its time.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 30_000 });

const COMMAND = [process.execPath, "server.cjs", "{port}"];

/** A folder with a backend of servers that tests may break; whatever runs of it is stopped when the test ends. */
export async function backendWorld(
	servers: (first: number) => Record<string, object>,
	over: object = {},
	count = 4,
): Promise<World> {
	const directory = await mkdtemp(join(tmpdir(), "cres-backend-"));
	const first = await freePorts(count);
	const place = placeOf(join(directory, "backend.yaml"));
	const ports = openMachine(ROOT, new AbortController().signal).backend(silent);
	const write = (more: object) =>
		writeFile(
			place.file,
			stringify({
				nginx: { port: first, program: NGINX },
				servers: servers(first + 1),
				command: COMMAND,
				health_timeout: 5,
				...over,
				...more,
			}),
		);
	await writeFile(join(directory, "server.cjs"), SERVER);
	await write({});
	onTestFinished(async () => void (await stopBackend(ports, place, 500)));
	return {
		...{ place, ports, write, port: first },
		start: () => startBackend(ports, place, { generate: false }),
		stop: (graceMs = 2_000) => stopBackend(ports, place, graceMs),
		status: () => backendStatus(ports, place),
		ask: async (path, options) => (await fetch(`http://127.0.0.1:${first}${path}`, options)).json() as Promise<Answer>,
	};
}

export const kind = (name: string): string[] => [...COMMAND, name];

/** Two servers of one process each. */
export const two = (first: number): Record<string, object> => ({
	broker: { port: first, modules: ["broker"] },
	datafeed: { port: first + 1, modules: ["datafeed"] },
});

/** The pid that a record names. */
export async function recordedPid({ directory }: BackendPlace, name: string): Promise<number> {
	return (JSON.parse(await readFile(join(directory, "run", `${name}.json`), "utf8")) as { pid: number }).pid;
}

/** Waits until it is true, 30 s at most. */
export async function until(what: () => Promise<boolean>): Promise<void> {
	for (let waited = 0; waited < 30_000 && !(await what().catch(() => false)); waited += 50) await delay(50);
}
