import { randomBytes } from "node:crypto";
import type { SimulatedPoller } from "./backing.ts";
import type { ContractState, OfferState } from "./contract-state.ts";
import type { Faults } from "./faults.ts";
import { createLimiter } from "./limiter.ts";
import { startApiServer, type RecordedRequest } from "./server.ts";
import { createSimulator, reportBug, type Simulation, type WorldOptions } from "./simulator.ts";
import { createStateBacking, type Resolve } from "./state-backing.ts";
import type { Tenant } from "./tenants.ts";

export interface SimulatorOptions extends WorldOptions {
	backing:
		| { kind: "state"; resolve: Resolve }
		/** `run` labels everything that is made; containers of an earlier process are removed unless `keep` says that they are taken over. */
		| { kind: "docker"; socketPath: string; run: string; keep?: boolean };
	/** Random when left out. */
	apiKey?: string;
	/** Of the API; 0, and left out: the kernel's choice. */
	port?: number;
	/** False: calls may come as fast as they like. */
	limits?: boolean;
}

/** A contract that runs already; the usual is one GPU, 40 GB, `ssh_direc ssh_proxy`, on a machine of its own. */
export interface Seed {
	image: string;
	env?: Record<string, string>;
	onstart?: string;
	label?: string;
	runtype?: string;
	/** `-u USER -p TOKEN registry` */
	login?: string;
	machineId?: number;
	diskGb?: number;
	gpus?: number;
	gpuName?: string;
	dph?: number;
	/** Where a volume is mounted that survives recycles. */
	volumeAt?: string;
}

export interface Simulator {
	/** Origin of the API. */
	url: string;
	apiKey: string;
	faults: Faults;
	/** Every request, oldest first. */
	requests: RecordedRequest[];
	/** The contract's state as the platform has it, live. */
	contract(id: number): ContractState | undefined;
	contracts(): ContractState[];
	/** The number of a new contract that runs. @throws DaemonError when it does not come up */
	seed(seed: Seed): Promise<number>;
	offers: { add(offer?: Partial<OfferState>): OfferState; list(): OfferState[] };
	/** Public keys that every contract from now on, and the proxy, take. */
	addAccountKey(publicKey: string): void;
	/** Workers that would poll Temporal now; state backing only. */
	pollers(): SimulatedPoller[];
	/** Open ssh connections to containers; state backing only. */
	connections(): number;
	/** Strangers at ports that were ours, with the commands that were run on them. */
	tenants(): Tenant[];
	/** Platform time in milliseconds. */
	now(): number;
	/** The state behind it, for the process that keeps it. */
	simulation: Simulation;
	/** Removes every container, volume and listener. */
	close(): Promise<void>;
	/** Ends every listener; containers stay for another process. */
	leave(): Promise<void>;
}

/** Starts a simulated Vast on loopback. With `docker`, leftovers of a crashed run with the same label are removed first. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
	const { backing, port = 0, limits = true, apiKey = randomBytes(24).toString("hex") } = options;
	const simulation = createSimulator(await backingOf(backing, options.factor ?? 1), options);
	const { onBug = reportBug } = options;
	const limiter = limits ? createLimiter() : undefined;
	const server = await startApiServer({ world: simulation, port, apiKey, limiter, onBug });
	const url = `http://127.0.0.1:${server.port}`;
	simulation.setOrigin(url);
	const { faults, contracts, offers } = simulation;
	return {
		...{ url, apiKey, faults, simulation },
		requests: server.requests,
		contract: (id) => contracts.get(id),
		contracts: () => [...contracts.values()],
		seed: (seed) => seedContract(simulation, seed),
		offers: {
			add: (offer = {}) => simulation.offer(offer),
			list: () => [...offers.values()],
		},
		addAccountKey: (key) => void simulation.account.keys.push(key),
		pollers: () => simulation.backing.pollers(),
		connections: () => simulation.backing.connections(),
		tenants: () => simulation.tenants.list(),
		now: () => simulation.clock.now(),
		async close() {
			await server.close();
			await simulation.close();
		},
		async leave() {
			await server.close();
			await simulation.leave();
		},
	};
}

async function backingOf(
	backing: SimulatorOptions["backing"],
	factor: number,
): Promise<Parameters<typeof createSimulator>[0]> {
	if (backing.kind === "state") return (clock) => createStateBacking({ clock, resolve: backing.resolve });
	const [{ createDockerBacking, removeRun }, { dockerAt }] = await Promise.all([
		import("./docker-backing.ts"),
		import("../docker-client.ts"),
	]);
	const daemon = await dockerAt(backing.socketPath);
	if (!backing.keep) await removeRun(daemon, backing.run);
	return () => createDockerBacking({ daemon, run: backing.run, factor });
}

async function seedContract(simulation: Simulation, seed: Seed): Promise<number> {
	const {
		image,
		env = {},
		onstart = null,
		login = null,
		runtype = "ssh_direc ssh_proxy",
		label = null,
		...rest
	} = seed;
	const configured = { image, env, onstart, login, runtype, args: [] };
	const usual = { diskGb: 40, gpus: 1, gpuName: "RTX 4090", dph: 0.4, isBid: false };
	const contract = await simulation.add({ ...usual, ...rest, configured, label });
	try {
		await simulation.lifecycle.appear(contract);
	} catch (error) {
		await simulation.remove(contract);
		throw error;
	}
	return contract.id;
}
