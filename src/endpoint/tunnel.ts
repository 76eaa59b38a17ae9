import { sshTarget, instanceConfig } from "../instances/find.ts";
import { reachContract } from "../instances/vast/connect.ts";
import { connectSsh, type SshSession } from "../instances/ssh/session.ts";
import { contractReader, type DiscoverPorts } from "./discover.ts";
import { openForwards } from "./forward.ts";
import type { Mapping } from "./mapping.ts";

export interface TunnelPorts extends DiscoverPorts {
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
 * Forwards local ports to the instance until `signal` aborts.
 * @throws UserError connection_lost, those of openForwards, of ssh and, for a Vast contract, of reachContract
 */
export async function runTunnel(ports: TunnelPorts, instance: string, mappings: Mapping[]): Promise<Tunnel> {
	const session = await openSession(ports, instance);
	try {
		const forwards = await openForwards(session, mappings, (text) => ports.note(text));
		ports.opened();
		const stop = () => forwards.close();
		ports.signal.addEventListener("abort", stop, { once: true });
		if (ports.signal.aborted) stop();
		await forwards.ended.finally(() => ports.signal.removeEventListener("abort", stop));
	} finally {
		session.close();
	}
	return { instance, forwards: mappings };
}

async function openSession(ports: TunnelPorts, instance: string): Promise<SshSession> {
	const { config, signal } = ports;
	if (instanceConfig(config, instance).driver === "docker")
		return connectSsh(await sshTarget(config, instance), signal);
	const read = await contractReader(ports);
	return (await reachContract(await ports.reach(), instance, await read(instance))).session;
}
