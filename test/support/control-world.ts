import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach } from "vitest";
import { stringify } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import type { ControlPorts } from "../../src/control/control-ports.ts";
import { stop } from "../../src/control/stop.ts";
import { systemAnswers } from "../../src/system/answers.ts";
import { systemClock } from "../../src/system/clock.ts";
import { systemPorts } from "../../src/system/ports.ts";
import { systemProcesses } from "../../src/system/processes.ts";
import { silent } from "../../src/system/progress.ts";
import { systemShell } from "../../src/system/shell.ts";

const BASE = {
	project: "video",
	image: { repository: "owner/worker" },
	registry: { push: { address: "127.0.0.1:5000", tls: false } },
	temporal: { address: "127.0.0.1:7233" },
	store: { endpoint: "127.0.0.1:9000" },
};

/** A program that answers 200 after `afterMs`, and says so. */
export const webServer = (port: number, afterMs = 0): string[] => [
	...["node", "-e"],
	`setTimeout(() => require("http").createServer((_, r) => r.end("ok")).listen(${port}, "127.0.0.1", () => console.log("listening as " + process.env.WHO)), ${afterMs})`,
];

export const web = (port: number, more: object = {}) => ({
	command: webServer(port),
	ready: { http: `http://127.0.0.1:${port}/health` },
	wait: "10s",
	...more,
});

export interface ControlWorld {
	root: string;
	ports: ControlPorts;
	/** The record of a service. */
	record: (name: string) => string;
	remove(): Promise<void>;
}

/** A project with these services, on real processes. */
export async function controlWorld(
	services: Readonly<Record<string, object>>,
	change: Partial<ControlPorts> = {},
): Promise<ControlWorld> {
	const root = await realpath(await mkdtemp(join(tmpdir(), "cres-control-")));
	await writeFile(join(root, "cres.yaml"), stringify({ ...BASE, control: { services } }));
	await writeFile(join(root, ".env"), "MINIO_ACCESS_KEY=sentinel-key\nMINIO_SECRET_KEY=sentinel-secret\n", {
		mode: 0o600,
	});
	const config = await loadConfig({ directory: root, environment: {} });
	const ports: ControlPorts = {
		config,
		shell: systemShell,
		processes: systemProcesses,
		ports: systemPorts,
		answers: systemAnswers,
		backend: {
			status: async () => ({ runs: false, healthy: false, detail: "there is no backend" }),
			start: () => Promise.reject(new Error("there is no backend")),
			stop: async () => {},
		},
		clock: systemClock,
		progress: silent,
		signal: new AbortController().signal,
		platform: "linux",
		findProgram: async (name) => (name === "node" ? process.execPath : undefined),
		connectTemporal: () => Promise.reject(new Error("there is no Temporal")),
		store: () => Promise.reject(new Error("there is no store")),
		...change,
	};
	return {
		root,
		ports,
		record: (name) => join(config.state, "control", "run", `${name}.json`),
		remove: async () => void (await stop({ ...ports, signal: new AbortController().signal }, [])),
	};
}

/** Makes worlds that are removed after the test. */
export function worldsOfTest(): typeof controlWorld {
	const worlds: ControlWorld[] = [];
	afterEach(async () => {
		for (const world of worlds.splice(0)) await world.remove();
	});
	return async (...given) => {
		const world = await controlWorld(...given);
		worlds.push(world);
		return world;
	};
}
