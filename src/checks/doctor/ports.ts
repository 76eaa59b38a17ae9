import { connect } from "node:net";
import type { Config } from "../../config/config.ts";
import { codeOf } from "../../errors/errors.ts";
import { fail, ok, type Check, type Verdict } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";
import { isLoopback } from "../../system/hosts.ts";

/** An address of cres.yaml on this machine. */
export interface LocalPort {
	/** Its key. */
	key: string;
	host: string;
	port: number;
}

/** Whether something listens at every address of cres.yaml on this machine. */
export const portChecks = ({ config }: Pick<DoctorPorts, "config">): Check[] =>
	localPorts(config).map(({ key, host, port }) => {
		const fix = `start what should listen there, or correct ${key} in cres.yaml`;
		return { name: `port ${port}`, fix, run: (signal) => listens({ key, host, port }, fix, signal) };
	});

/** Every loopback address that the configuration names, each port once. */
export function localPorts(config: Pick<Config, "registry" | "temporal" | "store" | "instances">): LocalPort[] {
	const { push, pull } = config.registry;
	const standard = (tls: boolean) => (tls ? 443 : 80);
	const named: [string, string, number][] = [
		["registry.push.address", push.address, standard(push.tls)],
		...(pull ? [["registry.pull.address", pull.address, standard(pull.tls)] as [string, string, number]] : []),
		["temporal.address", config.temporal.address, 7233],
		["store.endpoint", config.store.endpoint, 9000],
		...Object.entries(config.instances).flatMap(([name, one]): [string, string, number][] =>
			"host" in one ? [[`instances.${name}.host`, one.host, one.port]] : [],
		),
	];
	const local = named.map(([key, address, fallback]) => ({ key, ...splitAddress(address, fallback) }));
	return local.filter(
		({ host, port }, index) =>
			isLoopback(host) && local.findIndex((other) => other.host === host && other.port === port) === index,
	);
}

function splitAddress(address: string, fallback: number): { host: string; port: number } {
	const match = /^(.*?)(?::(\d+))?$/.exec(address)!;
	return { host: match[1]!.replaceAll(/[[\]]/g, ""), port: Number(match[2] ?? fallback) };
}

function listens({ key, host, port }: LocalPort, fix: string, signal: AbortSignal): Promise<Verdict> {
	return new Promise((resolve) => {
		const socket = connect({ host, port });
		signal.addEventListener("abort", () => socket.destroy(), { once: true });
		socket.once("connect", () => {
			socket.destroy();
			resolve(ok(`something listens on ${host}:${port} (${key})`));
		});
		socket.once("error", (error) =>
			resolve(fail(`nothing listens on ${host}:${port} (${key}): ${codeOf(error)}`, fix)),
		);
	});
}
