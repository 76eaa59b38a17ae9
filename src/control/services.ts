import { relative, resolve } from "node:path";
import type { Config } from "../config/config.ts";
import type { ControlServiceSettings } from "../config/control-schema.ts";
import type { Role } from "../contracts/queues.ts";
import { bareHost, isLoopback, splitHostAndPort } from "../system/hosts.ts";
import { defaultServices, type Tools } from "./defaults.ts";

/** How the health of a service is asked. */
export type Ready =
	| { kind: "temporal" | "store" }
	| { kind: "tcp"; host: string; port: number }
	| { kind: "http"; url: string }
	| { kind: "backend"; file: string }
	| { kind: "pollers"; roles: readonly Role[]; instance: string | undefined };

/** Where a service comes from. */
export type Origin =
	| { kind: "command"; argv: readonly [string, ...string[]]; cwd: string }
	| { kind: "docker"; docker: NonNullable<ControlServiceSettings["docker"]> }
	| { kind: "backend"; file: string }
	| { kind: "windows_service"; service: string }
	| { kind: "external" };

/** One service of the control plane, with every default filled in. */
export interface ControlService {
	name: string;
	origin: Origin;
	ready: Ready;
	/** Where it answers, for people. */
	at: string;
	/** Ports of this machine that it listens on, as far as its health tells. */
	ports: readonly number[];
	/** Milliseconds until it must be ready. */
	waitMs: number;
	/** Milliseconds that a command may take to end before it is killed. */
	stopMs: number;
	after: readonly string[];
	env: Readonly<Record<string, string>>;
	/** Names in its environment, each with the name of .env that has the value. */
	secrets: Readonly<Record<string, string>>;
	runtimeEnv: boolean;
}

const WAITS = new Map([
	["temporal", 45_000],
	["store", 45_000],
	["worker", 30_000],
]);
const OTHER_WAIT = 60_000;
const STOP_WAIT = 20_000;

type Given = Pick<Config, "control" | "temporal" | "store" | "root" | "state" | "temporalTls">;

/** The services of cres.yaml, those first that others wait for; without any a Temporal and a store for this machine. */
export function controlServices(config: Given, tools: Tools): ControlService[] {
	const given = Object.entries(config.control.services);
	const settings = given.length > 0 ? given : Object.entries(defaultServices(config, tools));
	return inOrder(settings.map(([name, one]) => serviceOf(config, name, one)));
}

function serviceOf(config: Given, name: string, given: ControlServiceSettings): ControlService {
	const ready = readyOf(config, name, given);
	const { host, port, at } = placeOf(config, ready);
	return {
		name,
		origin: originOf(config, given),
		ready,
		at,
		ports: port !== undefined && host !== undefined && isHere(host) ? [port] : [],
		waitMs: given.wait ?? WAITS.get(name) ?? OTHER_WAIT,
		stopMs: given.stop_timeout ?? STOP_WAIT,
		after: given.after,
		env: given.env,
		secrets: given.secrets,
		runtimeEnv: given.runtime_env,
	};
}

function originOf({ root }: Given, given: ControlServiceSettings): Origin {
	if (given.command)
		return { kind: "command", argv: given.command as [string, ...string[]], cwd: resolve(root, given.cwd ?? ".") };
	if (given.docker) return { kind: "docker", docker: given.docker };
	if (given.backend !== undefined) return { kind: "backend", file: resolve(root, given.backend) };
	if (given.windows_service !== undefined) return { kind: "windows_service", service: given.windows_service };
	return { kind: "external" };
}

/** cres.yaml was refused where neither is known. */
function readyOf({ root }: Given, name: string, { ready, env, backend }: ControlServiceSettings): Ready {
	if (ready?.tcp !== undefined) return { kind: "tcp", ...splitHostAndPort(ready.tcp) };
	if (ready?.http !== undefined) return { kind: "http", url: ready.http };
	if (!ready && backend !== undefined) return { kind: "backend", file: resolve(root, backend) };
	if (ready?.pollers || (!ready && name === "worker"))
		return { kind: "pollers", roles: ready?.pollers ?? ["cpu"], instance: env["WORKER_INSTANCE_NAME"] };
	return { kind: ready?.store || (!ready && name === "store") ? "store" : "temporal" };
}

interface Place {
	host?: string;
	port?: number;
	at: string;
}

function placeOf({ temporal, store, root }: Given, ready: Ready): Place {
	switch (ready.kind) {
		case "temporal":
			return { ...splitHostAndPort(temporal.address), at: temporal.address };
		case "store":
			return { ...splitHostAndPort(store.endpoint), at: store.endpoint };
		case "tcp":
			return { host: ready.host, port: ready.port, at: `${ready.host}:${ready.port}` };
		case "http": {
			const { hostname, port, protocol } = new URL(ready.url);
			return { host: bareHost(hostname), port: Number(port) || (protocol === "https:" ? 443 : 80), at: ready.url };
		}
		case "backend":
			return { at: relative(root, ready.file) };
		default:
			return { at: ready.roles.map((role) => `workers ${role}`).join(", ") };
	}
}

const isHere = (host: string): boolean => isLoopback(host) || host === "0.0.0.0" || host === "::";

/** Each behind those that it waits for, else as they are written; what waits for itself was refused before. */
export function inOrder<T extends { name: string; after: readonly string[] }>(services: readonly T[]): T[] {
	const ordered: T[] = [];
	const left = [...services];
	while (left.length > 0) {
		const at = left.findIndex(({ after }) => after.every((one) => ordered.some(({ name }) => name === one)));
		ordered.push(...left.splice(Math.max(0, at), 1));
	}
	return ordered;
}
