import { randomBytes } from "node:crypto";
import type { Clock } from "../../src/system/clock.ts";
import { DaemonError, type Backing, type GenerationSpec } from "./backing.ts";
import { hasSsh } from "./contract-state.ts";
import { deniedText, missingText } from "./messages.ts";
import { answer, mendsModes, pollerOf, startUpLines, startsWorker } from "./simulated-container.ts";
import type { SimulatedContainer } from "./simulated-container.ts";
import { listenSilently, makeHostKey, startSshServer, type HostKey } from "./ssh-server.ts";

/** What the registry of a test says of a reference. */
export type Resolve = (
	reference: string,
	login: string | null,
) => MaybePromise<{ digest: string; buildId: string } | "missing" | "denied">;
type MaybePromise<T> = T | Promise<T>;

interface Machine extends SimulatedContainer {
	/** Open sshds; ended by a stop. */
	listeners: { close(): Promise<void>; connections?(): number }[];
	abort: AbortController;
}

/** Containers as data, each with an sshd of its own in this process: fleets of hundreds without a Docker daemon. */
export function createStateBacking({ clock, resolve }: { clock: Clock; resolve: Resolve }): Backing {
	const machines = new Map<number, Machine>();
	const halt = async (machine: Machine | undefined) => {
		if (!machine) return;
		machine.up = false;
		machine.abort.abort();
		await Promise.all(machine.listeners.splice(0).map((one) => one.close()));
	};
	return {
		async pull(reference, login, report) {
			const found = await resolve(reference, login);
			if (found === "missing") throw new DaemonError(missingText(reference));
			if (found === "denied") throw new DaemonError(deniedText(reference));
			for (const step of ["Pulling fs layer", "Download complete", "Pull complete"]) report(`4f1c0a2b3d4e: ${step}`);
			return { reference, ...found };
		},
		holds: async () => true,
		async create(spec) {
			const container = makeContainer(spec, clock.now());
			machines.set(spec.contract, container);
			await boot(container, clock);
			return { containerId: container.containerId, hostKey: hasSsh(spec.runtype) ? container.hostKey.fingerprint : "" };
		},
		async destroy(contract) {
			await halt(machines.get(contract));
			machines.delete(contract);
		},
		stop: (contract) => halt(machines.get(contract)),
		async start(contract) {
			const machine = machines.get(contract);
			if (machine && !machine.up) await boot(machine, clock);
			return machine !== undefined;
		},
		log: async (contract) => (machines.get(contract)?.log ?? []).map((line) => `${line}\n`).join(""),
		authorize: async (contract, publicKey) => void machines.get(contract)?.authorized.push(publicKey),
		pollers: () => [...machines.values()].flatMap((machine) => pollerOf(machine) ?? []),
		connections: () =>
			[...machines.values()]
				.flatMap(({ listeners }) => listeners)
				.reduce((sum, one) => sum + (one.connections?.() ?? 0), 0),
		close: async () => void (await Promise.all([...machines.values()].map(halt))),
	};
}

const makeContainer = (spec: GenerationSpec, now: number): Machine => ({
	spec,
	containerId: randomBytes(32).toString("hex"),
	hostKey: makeHostKey(),
	log: [],
	up: false,
	worker: "none",
	workerPid: 100,
	since: now,
	authorized: [],
	listeners: [],
	abort: new AbortController(),
});

/** One start of the container: sshd, on-start, worker. */
async function boot(machine: Machine, clock: Clock): Promise<void> {
	const { spec, hostKey } = machine;
	machine.up = true;
	machine.abort = new AbortController();
	const said = spec.quirks.wrongHostKey ? makeHostKey() : hostKey;
	if (hasSsh(spec.runtype)) await later(clock, spec.sshdDelayMs, machine, () => listen(machine, clock));
	machine.log.push(...startUpLines(spec, said.fingerprint));
	if (!startsWorker(spec) && hasSsh(spec.runtype)) return void (machine.worker = "none");
	Object.assign(machine, { worker: "STARTING", since: clock.now(), workerPid: machine.workerPid + 10 });
	await later(clock, spec.sshdDelayMs + spec.appDelayMs, machine, async () => {
		if (machine.worker !== "STARTING") return;
		Object.assign(machine, { worker: spec.quirks.crashLoop ? "BACKOFF" : "RUNNING", since: clock.now() });
	});
}

/** Does it now when there is no delay, else later unless the container ends before. */
async function later(clock: Clock, ms: number, { abort }: Machine, work: () => Promise<void>): Promise<void> {
	if (ms === 0) return work();
	void clock.sleep(ms, abort.signal).then(work, () => {});
}

async function listen(machine: Machine, clock: Clock): Promise<void> {
	const { spec, hostKey, listeners } = machine;
	const direct = spec.ports["22/tcp"];
	if (spec.quirks.sshTimeout && direct !== undefined) return void listeners.push(await listenSilently(direct));
	const closed = spec.quirks.badModes && !mendsModes(spec);
	const exec = (command: string) => answer(machine, command, clock.now());
	const serve = (port: number, keys: () => readonly string[], key: HostKey) =>
		startSshServer({ port, hostKey: key, keys, exec }).then((server) => listeners.push(server));
	if (direct !== undefined && !spec.quirks.sshRefused)
		await serve(direct, () => (closed ? [] : [...spec.keys, ...machine.authorized]), hostKey);
	if (spec.proxyTarget !== undefined) await serve(spec.proxyTarget, () => (closed ? [] : spec.accountKeys), hostKey);
}
