import { meant } from "../system/nearest.ts";

/** One thing wrong, and the keys that lead to it. */
export interface Contradiction {
	path: readonly PropertyKey[];
	message: string;
}

/** A server of the file as far as it can be read. */
interface Read {
	name: string;
	port: number | undefined;
	instances: number;
	modules: string[];
}

/**
 * What contradicts what in the raw value of a file, whatever else is wrong with it: overlapping ports, modules on no
 * server or on several, routes to unknown servers.
 */
export function contradictions(raw: unknown): Contradiction[] {
	const servers = Object.entries(objectAt(raw, "servers")).map(([name, value]) => readServer(name, value));
	return [...portFaults(raw, servers), ...moduleFaults(servers), ...routeFaults(raw, servers)];
}

function readServer(name: string, value: unknown): Read {
	const { port, instances, modules } = Object(value) as Record<string, unknown>;
	return {
		name,
		port: isPort(port) ? port : undefined,
		instances: isPort(instances) ? instances : 1,
		modules: Array.isArray(modules) ? modules.filter((one): one is string => typeof one === "string") : [],
	};
}

const isPort = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 1;

const objectAt = (value: unknown, key: string): Record<string, unknown> => {
	const found = (Object(value) as Record<string, unknown>)[key];
	return typeof found === "object" && found !== null && !Array.isArray(found) ? { ...found } : {};
};

interface Range {
	who: string;
	path: readonly string[];
	from: number;
	to: number;
}

function portFaults(raw: unknown, servers: readonly Read[]): Contradiction[] {
	const gateway = objectAt(raw, "nginx")["port"];
	const ranges: Range[] = [
		...(isPort(gateway) ? [{ who: "nginx", path: ["nginx", "port"], from: gateway, to: gateway }] : []),
		...servers.flatMap(({ name, port, instances }) =>
			port === undefined ? [] : [{ who: name, path: ["servers", name, "port"], from: port, to: port + instances - 1 }],
		),
	];
	const beyond = ranges.filter(({ from, to }) => from <= 65_535 && to > 65_535);
	return [
		...beyond.map(({ path, to }) => ({ path, message: `its instances reach up to port ${to}; 65535 is the last one` })),
		...ranges.flatMap((one, at) =>
			ranges
				.slice(0, at)
				.filter(({ from, to }) => one.from <= to && from <= one.to)
				.map((other) => ({ path: one.path, message: `${shown(one)} overlaps ${shown(other)} of ${other.who}` })),
		),
	];
}

const shown = ({ from, to }: Range): string => (from === to ? `port ${from}` : `the range ${from} to ${to}`);

/** core is on every server. */
function moduleFaults(servers: readonly Read[]): Contradiction[] {
	const first = new Map<string, string>();
	return servers.flatMap(({ name, modules }) =>
		modules.flatMap((module) => {
			if (module === "core") return [];
			const other = first.get(module);
			if (other === undefined) first.set(module, name);
			if (other === undefined || other === name) return [];
			const message = `the module ${module} is on ${other} already; more processes of a server are its instances`;
			return [{ path: ["servers", name, "modules"], message }];
		}),
	);
}

function routeFaults(raw: unknown, servers: readonly Read[]): Contradiction[] {
	const names = servers.map(({ name }) => name);
	return Object.entries(objectAt(raw, "websocket_routes")).flatMap(([module, target]) => {
		const path = ["websocket_routes", module];
		if (typeof target !== "string") return [];
		const server = servers.find(({ name }) => name === target);
		if (!server) return [{ path, message: `there is no server ${target}${meant(target, names)}` }];
		if (module === "core" || server.modules.includes(module)) return [];
		const homes = servers.filter(({ modules }) => modules.includes(module)).map(({ name }) => name);
		const where = homes.length === 0 ? "no server has it" : `it is on ${homes.join(", ")}`;
		return [{ path, message: `the server ${target} has no module ${module}; ${where}` }];
	});
}
