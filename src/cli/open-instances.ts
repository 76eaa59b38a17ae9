import type { FindAttested } from "../attest/attested.ts";
import type { Instance } from "../instances/instance.ts";
import type { InstancePorts } from "../instances/ports.ts";
import type { RolloutPorts } from "../rollout/ports.ts";
import type { ClockSkew } from "../system/clock.ts";
import { prefixed, type Progress } from "../system/progress.ts";
import { once } from "./once.ts";
import type { Closers, Common, Ports } from "./open-ports.ts";
import { registryCredential } from "./open-registry.ts";

interface Given {
	common: Common;
	ports: Ports;
	/** Progress in lines. */
	lines: Progress;
	skew: ClockSkew;
	attested: FindAttested;
	/** --accept-host-key was given. */
	acceptHostKey: boolean;
	closers: Closers;
}

export interface Instances {
	/** An instance of cres.yaml as an object, opened once. @throws UserError unknown_instance (usage) */
	instance: (name: string) => Promise<Instance>;
	/** What a rollout of one instance talks to. */
	rollout: (name: string) => Promise<RolloutPorts>;
	/** The same for instances that are rolled at the same time: their progress comes in lines, under their names. */
	fleet: (name: string) => Promise<RolloutPorts>;
}

/** What is opened is opened when it is first asked for. */
export function openInstances(given: Given): Instances {
	const { common, lines } = given;
	const lasting = { ...given, ports: { ...given.ports, ...given.ports.lasting } };
	const rollout = (name: string, progress: Progress) =>
		rolloutPorts(lasting, progress, opener(lasting, progress)(name));
	return {
		instance: opener(given, common.progress),
		rollout: (name) => rollout(name, common.progress),
		fleet: (name) => rollout(name, prefixed(lines, name)),
	};
}

/** @param progress told of what concerns the instance alone */
const opener = ({ common, ports, acceptHostKey, closers }: Given, progress: Progress) =>
	once(async (name: string) => {
		const { openInstance } = await import("../instances/open.ts");
		const instance = await openInstance(instancePorts({ ...common, progress }, ports, acceptHostKey), name);
		closers.push(() => instance.close()); // a connection that is left open keeps the process alive
		return instance;
	});

const instancePorts = (
	{ config, clock, signal, progress }: Common,
	{ temporal, vast }: Ports,
	accept: boolean,
): InstancePorts => ({
	...{ config, clock, signal, temporal, vast },
	note: (text) => progress.note(text),
	acceptHostKey: async () => accept,
	credential: registryCredential(config),
});

async function rolloutPorts(
	{ common, ports, attested, skew }: Given,
	progress: Progress,
	instance: Promise<Instance>,
): Promise<RolloutPorts> {
	return {
		...common,
		progress,
		instance: await instance,
		temporal: ports.temporal,
		registry: () => ports.registry("push"),
		store: ports.store,
		attested,
		skew,
	};
}
