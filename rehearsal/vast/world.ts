import type { Clock } from "../../src/system/clock.ts";
import type { Backing } from "./backing.ts";
import type { Account, Configured, ContractState, OfferState } from "./contract-state.ts";
import type { Faults } from "./faults.ts";
import type { Lifecycle } from "./lifecycle.ts";
import type { LogObjects } from "./log-objects.ts";
import type { Timings } from "./timings.ts";

/** A contract to be: what is left out gets the usual value. */
export interface NewContract {
	configured: Configured;
	label: string | null;
	/** A machine of its own when left out. */
	machineId?: number;
	diskGb: number;
	gpus: number;
	gpuName: string;
	dph: number;
	isBid: boolean;
	/** Where a volume is mounted. */
	volumeAt?: string;
}

/** Everything that the routes act on. */
export interface World {
	clock: Clock;
	timings: Timings;
	faults: Faults;
	backing: Backing;
	account: Account;
	lifecycle: Lifecycle;
	logs: LogObjects;
	contracts: Map<number, ContractState>;
	offers: Map<number, OfferState>;
	/** Makes one with a number and a proxy of its own; nothing runs in it yet. */
	add(contract: NewContract): Promise<ContractState>;
	/** Ends one with its container, its volume and its proxy. */
	remove(contract: ContractState): Promise<void>;
	/** Offers a machine; what is left out gets the usual value. */
	offer(offer: Partial<OfferState>): OfferState;
	/** A number for a key. */
	nextKeyId(): number;
	/** Where the API answers, `http://127.0.0.1:port`. */
	origin(): string;
}
