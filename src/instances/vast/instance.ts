import type { VastInstance } from "../../config/schema.ts";
import type { AttachedStreams } from "../attached.ts";
import type { ExecOptions, Instance } from "../instance.ts";
import type { InstancePorts } from "../ports.ts";
import { keyCheck } from "../ssh/key-check.ts";
import { portsOf } from "../ssh/ports.ts";
import { vastChecks } from "./checks.ts";
import { connectContract } from "./connect.ts";
import { environment } from "./environment.ts";
import { labelLease } from "./lease.ts";
import { changeLife } from "./lifecycle.ts";
import { readLogs } from "./logs.ts";
import type { VastPorts } from "./ports.ts";
import { observeReplacement } from "./replace/observe.ts";
import { observe } from "./roll/observe.ts";
import { running } from "./running.ts";
import { discover, endpoint, presentContract, sshTarget } from "./ssh-target.ts";

/** An ordinary Vast.ai instance: the platform's API makes its containers, ssh carries questions only. */
export function vastInstance(common: InstancePorts, name: string, settings: VastInstance): Instance {
	const ports: VastPorts = { ...common, name, settings };
	return {
		...{ name, settings },
		endpoint: () => endpoint(ports),
		sshTarget: () => sshTarget(ports),
		discover: () => discover(ports),
		connect: async () => (await connect(ports)).session,
		exec: (argv, options) => exec(ports, argv, options),
		attach: (argv, streams) => attach(ports, argv, streams),
		ports: async () => portsOf((await connect(ports)).session),
		portHost: async () => "127.0.0.1",
		logs: (options) => readLogs(ports, options),
		environment: () => environment(ports),
		running: (polls) => running(ports, polls),
		changeLife: (action, call) => changeLife(ports, action, call),
		lease: labelLease(ports),
		roll: { observe: (look) => observe(ports, look) },
		replace: { observe: (look) => observeReplacement(ports, look) },
		checks: (machine) => [keyCheck(ports, machine), ...vastChecks(ports)],
		close: () => {}, // connections end with what opened them
	};
}

const connect = async (ports: VastPorts) =>
	connectContract({ ...ports, account: await ports.vast() }, await presentContract(ports));

async function attach(ports: VastPorts, argv: readonly string[], streams: AttachedStreams): Promise<number> {
	const { session } = await connect({ ...ports, signal: streams.signal });
	try {
		return await session.attach(argv, streams);
	} finally {
		session.close();
	}
}

async function exec(ports: VastPorts, argv: readonly string[], { signal, timeout }: ExecOptions): Promise<string> {
	const { session } = await connect({ ...ports, signal });
	try {
		// The program ends when its channel is closed.
		return (await session.exec(argv, { signal, timeoutMs: timeout })).stdout;
	} finally {
		session.close();
	}
}
