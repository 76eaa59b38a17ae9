import { deploy } from "../../src/rollout/deploy.ts";
import { BUILD, makeVastFleet } from "../support/vast-fleet.ts";
import { containersBench } from "./vast-containers.ts";
import { fleetBench } from "./vast-fleet.ts";
import { rollBench } from "./vast-roll.ts";

const INSTANCE = "gpu-1";
const FACTOR = 100;
const ROUNDS = 5;

/** Rolls of Vast contracts: one, and a fleet of 100 within the platform's rate limits. */
export async function vastBench(root: string): Promise<void> {
	await stateBench();
	await containersBench(root);
	await fleetBench();
}

/** The simulator's containers are data: what remains is cres's own time. */
async function stateBench(): Promise<void> {
	const fleet = await makeVastFleet({ instances: [INSTANCE], factor: FACTOR });
	let next = BUILD.first;
	const roll = async () => {
		const wanted = { reference: `b-${next}` };
		next = next === BUILD.first ? BUILD.second : BUILD.first;
		return deploy(fleet.ports(INSTANCE), wanted, { dryRun: false, purpose: "deploy" });
	};
	const polls = (id: string): boolean => fleet.sim.pollers().some(({ containerId }) => containerId === id);
	const contract = fleet.contractOf(INSTANCE);
	try {
		await rollBench("containers as data", ROUNDS, { simulator: fleet.sim, contract, factor: FACTOR, roll, polls });
	} finally {
		await fleet.close();
	}
}
