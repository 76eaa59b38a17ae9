import type { Instance } from "../instances/instance.ts";
import { openForwards } from "./forward.ts";
import type { Mapping } from "./mapping.ts";

export interface TunnelPorts {
	signal: AbortSignal;
	/** Told when all ports are open, and of each port of the instance that refuses. */
	opened(): void;
	note(text: string): void;
}

/** What `cres tunnel` returns under --json, when it was stopped. */
export interface Tunnel {
	instance: string;
	forwards: Mapping[];
}

/**
 * Forwards local ports to those of the instance's container until `signal` aborts.
 * @throws UserError connection_lost, those of openForwards and of the instance's ports
 */
export async function runTunnel(
	ports: TunnelPorts,
	instance: Pick<Instance, "name" | "ports">,
	mappings: Mapping[],
): Promise<Tunnel> {
	const container = await instance.ports();
	try {
		const forwards = await openForwards(container, mappings, (text) => ports.note(text));
		ports.opened();
		const stop = () => forwards.close();
		ports.signal.addEventListener("abort", stop, { once: true });
		if (ports.signal.aborted) stop();
		await forwards.ended.finally(() => ports.signal.removeEventListener("abort", stop));
	} finally {
		container.close();
	}
	return { instance: instance.name, forwards: mappings };
}
