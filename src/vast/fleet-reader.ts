import DataLoader from "dataloader";
import type { Clock } from "../system/clock.ts";
import { PAGE } from "./contracts.ts";
import { ROUTES } from "./routes.ts";
import type { Contract, Vast } from "./vast.ts";

/** Reads that are asked for within this time become one, in milliseconds of the platform. */
const WINDOW_MS = 50;

export interface FleetReader {
	/** The contract as it is now, or as it was asked for at most `maxAgeMs` ms of the platform ago; undefined when there is none. Throws as Vast's reads do. */
	read(id: number, maxAgeMs?: number): Promise<Contract | undefined>;
}

/**
 * Reads for many instances: one list call for 25 of them, so that polling costs by pages and not by instances. What is
 * asked for while a list call waits or runs is gathered for the next one. The contract itself is asked for only where
 * the list cannot be believed: it lacks the contract, or shows it running without ports (once until that changes).
 */
export function createFleetReader(vast: Pick<Vast, "contract" | "contracts">, clock: Clock): FleetReader {
	const complete = completer(vast);
	let turn: Promise<unknown> = Promise.resolve();
	let running: Promise<unknown> = turn;
	/** Time of the clock before which the limiter lets no list call pass. */
	let opensAt = -Infinity;
	const answers = new Map<number, { askedAt: number; contract: Contract | undefined }>();
	const loader = new DataLoader<number, Contract | undefined>(
		async (ids) => {
			const wanted = [...new Set(ids)];
			const askedAt = clock.now();
			const list = vast.contracts({ ids: wanted });
			running = list.catch(() => undefined);
			const listed = new Map((await list).map((contract) => [contract.id, contract]));
			const answer = async (id: number): Promise<Contract | undefined> => {
				const contract = await complete(id, listed.get(id));
				answers.set(id, { askedAt, contract });
				return contract;
			};
			const read = new Map(wanted.map((id) => [id, settled(answer(id))]));
			return Promise.all(ids.map((id) => read.get(id)!));
		},
		{
			cache: false,
			maxBatchSize: PAGE,
			batchScheduleFn: (dispatch) => {
				turn = turn
					.then(() => clock.sleep(Math.max(WINDOW_MS, opensAt - clock.now())))
					.then(dispatch)
					.then(() => running)
					.then(() => void (opensAt = clock.now() + ROUTES.contracts.intervalMs));
			},
		},
	);
	return {
		async read(id, maxAgeMs = 0) {
			const answer = answers.get(id);
			return answer && clock.now() - answer.askedAt < maxAgeMs ? answer.contract : loader.load(id);
		},
	};
}

/** What the list says of a contract, or the contract's own word where that is not enough. */
function completer(vast: Pick<Vast, "contract">) {
	const askedForPorts = new Set<number>();
	return async (id: number, listed: Contract | undefined): Promise<Contract | undefined> => {
		if (listed === undefined) return vast.contract(id);
		const portless = listed.actual === "running" && Object.keys(listed.ports).length === 0;
		if (!portless) askedForPorts.delete(id);
		if (!portless || askedForPorts.has(id)) return listed;
		askedForPorts.add(id);
		return vast.contract(id);
	};
}

/** DataLoader takes an Error in the place of a value: one that fails leaves the others of its page their answers. */
const settled = (read: Promise<Contract | undefined>): Promise<Contract | Error | undefined> =>
	read.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))));
