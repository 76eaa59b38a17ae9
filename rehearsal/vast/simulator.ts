import { randomBytes } from "node:crypto";
import { scaledClock, systemClock, type Clock } from "../../src/system/clock.ts";
import type { Host } from "./step.ts";
import type { Backing } from "./backing.ts";
import type { ContractState } from "./contract-state.ts";
import { createFaults } from "./faults.ts";
import { createLifecycle } from "./lifecycle.ts";
import { createLives } from "./lives.ts";
import { createLogObjects } from "./log-objects.ts";
import { createPortAllocator } from "./ports.ts";
import { openProxy } from "./proxy.ts";
import { restore, snapshotOf, type Holdings, type Snapshot } from "./snapshot.ts";
import { createTenants, type Tenants } from "./tenants.ts";
import { USUAL_TIMINGS, type Timings } from "./timings.ts";
import type { NewContract, World } from "./world.ts";

const FIRST_CONTRACT = 36_700_001;
const FIRST_KEY = 1_001;
const FIRST_OFFER = 9_000_001;
const FIRST_MACHINE = 33_001;
/** Whole milliseconds would be too coarse for intervals that a large factor divides. */
const PRECISE: Clock = { ...systemClock, now: () => performance.timeOrigin + performance.now() };

export interface WorldOptions {
	/** How many times as fast as ours the platform's time runs. */
	factor?: number;
	timings?: Partial<Timings>;
	/** Ports of the host for containers; the kernel's choice when left out. */
	ports?: { from: number; to: number };
	/** Ports of the proxies, one a contract; the kernel's choice when left out. */
	proxies?: { from: number; to: number };
	/** Public keys of the account. */
	accountKeys?: readonly string[];
	accountSecrets?: Readonly<Record<string, string>>;
	/** Hears of failures that are not the platform's; they go to stderr when left out. */
	onBug?: (error: unknown) => void;
}

export interface Simulation extends World {
	tenants: Tenants;
	setOrigin(origin: string): void;
	snapshot(): Snapshot;
	/** Takes over what another process kept. */
	restore(snapshot: Snapshot): Promise<void>;
	/** Ends every life and listener; the containers stay. */
	leave(): Promise<void>;
	/** Ends every life, listener and container. */
	close(): Promise<void>;
}

/** The platform as state on a clock: contracts, their lives, offers, faults; `makeBacking` says what is behind them. */
export function createSimulator(makeBacking: (clock: Clock) => Backing, options: WorldOptions): Simulation {
	const held = holdingsFor(makeBacking, options);
	const { host, contracts, offers, proxies, next } = held;
	const { clock, timings, faults, backing, account, tenants } = host;
	const lives = createLives(options.onBug ?? reportBug);
	const lifecycle = createLifecycle(host, lives);
	const proxyPorts = createPortAllocator(options.proxies);
	let origin = "";
	const leave = async () => {
		await lives.close();
		await Promise.all([tenants.close(), ...[...proxies.values()].map((proxy) => proxy.close())]);
	};
	return {
		...{ clock, timings, faults, backing, account, lifecycle, contracts, offers, tenants, leave },
		logs: createLogObjects(clock),
		origin: () => origin,
		setOrigin: (url) => void (origin = url),
		nextKeyId: () => next.key++,
		offer(given) {
			const id = next.offer++;
			const offer = { ...USUAL_OFFER, id, machineId: id, ...given };
			offers.set(offer.id, offer);
			return offer;
		},
		async add(wanted) {
			const id = next.contract++;
			const proxy = await openProxy(await proxyPorts.take());
			proxies.set(id, proxy);
			const contract = contractOf(id, wanted, proxy.port, account.keys, clock.now());
			contracts.set(id, contract);
			return contract;
		},
		async remove(contract) {
			contracts.delete(contract.id);
			await lifecycle.destroy(contract);
			await proxies.get(contract.id)?.close();
			proxies.delete(contract.id);
			proxyPorts.release(contract.proxy.port);
		},
		snapshot: () => snapshotOf(held),
		restore: (snapshot) =>
			restore(held, snapshot, lifecycle, (port) => {
				proxyPorts.keep(port);
				return openProxy(port);
			}),
		async close() {
			await leave();
			await backing.close();
		},
	};
}

function holdingsFor(makeBacking: (clock: Clock) => Backing, options: WorldOptions): Holdings {
	const clock = scaledClock(PRECISE, options.factor ?? 1);
	const proxies: Holdings["proxies"] = new Map();
	const host: Host = {
		clock,
		timings: { ...USUAL_TIMINGS, ...options.timings },
		faults: createFaults(),
		backing: makeBacking(clock),
		ports: createPortAllocator(options.ports),
		account: { id: 4711, keys: [...(options.accountKeys ?? [])], secrets: { ...options.accountSecrets } },
		tenants: createTenants(),
		proxyOf: (contract) => proxies.get(contract),
		cache: new Map(),
		held: new Map(),
	};
	const next = { contract: FIRST_CONTRACT, key: FIRST_KEY, offer: FIRST_OFFER };
	return { host, proxies, contracts: new Map(), offers: new Map(), next };
}

const USUAL_OFFER = {
	gpuName: "RTX 4090",
	gpus: 1,
	diskGb: 200,
	dph: 0.4,
	directPorts: 100,
	type: "on-demand",
} as const;

/** Tells whoever reads the log of the process. */
export const reportBug = (error: unknown): void =>
	void process.stderr.write(
		`simulated Vast: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
	);

const contractOf = (
	id: number,
	{ volumeAt, machineId = FIRST_MACHINE + id - FIRST_CONTRACT, ...wanted }: NewContract,
	proxyPort: number,
	accountKeys: readonly string[],
	createdAt: number,
): ContractState => ({
	...wanted,
	id,
	machineId,
	hostId: machineId + 1,
	container: null,
	generations: 0,
	actual: null,
	intended: "running",
	cur: "running",
	next: "running",
	statusMessage: null,
	publicIp: "127.0.0.1",
	proxy: { host: "127.0.0.1", port: proxyPort },
	accountKeys: [...accountKeys],
	attachedKeys: [],
	volume: volumeAt === undefined ? null : { name: `V.${id}`, mountPath: volumeAt },
	jupyterToken: randomBytes(16).toString("hex"),
	createdAt,
});
