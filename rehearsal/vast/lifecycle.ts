import { stepOf, type Step, type Host } from "./step.ts";
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
	const begin = (contract: ContractState, work: (step: Step) => Promise<void>) =>
		lives.replace(contract.id, (signal) =>
			work(stepOf(host, contract, timings, signal, (name) => faults.take(name, { id: contract.id }))),
		);
	return {
		create: (contract) =>
			begin(contract, async (step) => {
				await step.rest(timings.provisioningMs);
				await load(host, step, undefined);
			}),
		appear: (contract) =>
			new Promise((resolve, reject) => {
				const step = (signal: AbortSignal) => stepOf(host, contract, NO_DELAYS, signal, () => false);
				void lives.replace(contract.id, (signal) => attempt(host, step(signal), undefined).then(resolve, reject));
			}),
		recycle(contract) {
			Object.assign(contract, { intended: "running", next: "running" });
			return begin(contract, (step) => recycle(host, step));
		},
		reboot: (contract) => begin(contract, (step) => reboot(host, step)),
		stop(contract) {
			Object.assign(contract, { intended: "stopped", next: "stopped" });
			return begin(contract, (step) => stop(host, step));
		},
		start(contract) {
			Object.assign(contract, { intended: "running", next: "running" });
			return begin(contract, (step) => start(host, step));
		},
		destroy: (contract) => lives.replace(contract.id, () => clear(host, contract, true)),
	};
}
