import type { Clock } from "../../src/system/clock.ts";
import type { Backing } from "./backing.ts";
import type { Account, ContractState, ResolvedImage } from "./contract-state.ts";
import type { FaultName, Faults } from "./faults.ts";
import type { PortAllocator } from "./ports.ts";
import type { Proxy } from "./proxy.ts";
import type { Tenants } from "./tenants.ts";
import type { Timings } from "./timings.ts";

/** What transitions step on, beside the contract itself. */
export interface Host {
	clock: Clock;
	timings: Timings;
	faults: Faults;
	backing: Backing;
	ports: PortAllocator;
	account: Account;
	tenants: Tenants;
	proxyOf(contract: number): Proxy | undefined;
	/** What each machine holds: `<machine> <reference>`. */
	cache: Map<string, ResolvedImage>;
	/** Ports of the host that a contract's container has. */
	held: Map<number, number[]>;
}

/** One thing that goes on with one contract. */
export interface Step {
	contract: ContractState;
	timings: Timings;
	signal: AbortSignal;
	happens: (name: FaultName) => boolean;
	/** Waits in platform time; ends with the step. */
	rest: (ms: number) => Promise<void>;
	/** Sets `status_msg`, late. */
	say: (text: string) => void;
}

/** A thing that begins with a contract. `happens` decides which faults meet it. */
export function stepOf(
	{ clock }: Host,
	contract: ContractState,
	timings: Timings,
	signal: AbortSignal,
	happens: (name: FaultName) => boolean,
): Step {
	const set = (text: string) => void (contract.statusMessage = text);
	return {
		contract,
		timings,
		signal,
		happens,
		rest: async (ms) => (ms === 0 ? signal.throwIfAborted() : clock.sleep(ms, signal)),
		say(text) {
			if (timings.messageLagMs === 0) set(text);
			else
				void clock.sleep(timings.messageLagMs, signal).then(
					() => set(text),
					() => {},
				);
		},
	};
}
