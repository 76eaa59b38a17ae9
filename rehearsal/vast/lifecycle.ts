import { actOf, type Act, type Host } from "./act.ts";
import type { ContractState } from "./contract-state.ts";
import type { Lives } from "./lives.ts";
import { NO_DELAYS } from "./timings.ts";
import { attempt, clear, load, reboot, recycle, start, stop } from "./transitions.ts";

/** What the platform does to a contract. Each returns when it is over; nobody who speaks HTTP waits for that. */
export interface Lifecycle {
	create(contract: ContractState): Promise<void>;
	/** As create, at once and without any fault: a contract that was there before the tale begins. @throws DaemonError */
	appear(contract: ContractState): Promise<void>;
	recycle(contract: ContractState): Promise<void>;
	reboot(contract: ContractState): Promise<void>;
	stop(contract: ContractState): Promise<void>;
	start(contract: ContractState): Promise<void>;
	destroy(contract: ContractState): Promise<void>;
}

/** The transitions of all contracts. */
export function createLifecycle(host: Host, lives: Lives): Lifecycle {
	const { timings, faults } = host;
	const begin = (contract: ContractState, work: (act: Act) => Promise<void>) =>
		lives.replace(contract.id, (signal) =>
			work(actOf(host, contract, timings, signal, (name) => faults.take(name, { id: contract.id }))),
		);
	return {
		create: (contract) =>
			begin(contract, async (act) => {
				await act.rest(timings.provisioningMs);
				await load(host, act, undefined);
			}),
		appear: (contract) =>
			new Promise((resolve, reject) => {
				const act = (signal: AbortSignal) => actOf(host, contract, NO_DELAYS, signal, () => false);
				void lives.replace(contract.id, (signal) => attempt(host, act(signal), undefined).then(resolve, reject));
			}),
		recycle(contract) {
			Object.assign(contract, { intended: "running", next: "running" });
			return begin(contract, (act) => recycle(host, act));
		},
		reboot: (contract) => begin(contract, (act) => reboot(host, act)),
		stop(contract) {
			Object.assign(contract, { intended: "stopped", next: "stopped" });
			return begin(contract, (act) => stop(host, act));
		},
		start(contract) {
			Object.assign(contract, { intended: "running", next: "running" });
			return begin(contract, (act) => start(host, act));
		},
		destroy: (contract) => lives.replace(contract.id, () => clear(host, contract, true)),
	};
}
