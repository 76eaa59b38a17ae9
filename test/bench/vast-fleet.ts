import type { RecordedRequest } from "../../rehearsal/vast/server.ts";
import { rollFleet } from "../../src/rollout/fleet.ts";
import { statusOf } from "../../src/rollout/status.ts";
import { BUILD, makeVastFleet, type VastFleet } from "../support/vast-fleet.ts";
import { say } from "./measure.ts";
import { LOOKS, LOOK_MS } from "./vast-roll.ts";

const SIZE = 100;
const PARALLEL = 10;
const FACTOR = 15;
const AIM_CALLS = 5;
const AIM_RATIO = 1.2;
/** Milliseconds that the platform documents between two calls of one route. */
const THRESHOLD: Readonly<Record<string, number>> = { show: 2_000 };
const USUAL_THRESHOLD = 1_000;
/** What every roll needs for itself; reads are shared by all that go on at the same time. */
const OF_EACH_ROLL = ["update-template", "recycle", "request-logs"];

const NAMES = Array.from({ length: SIZE }, (_, at) => `gpu-${at + 1}`);

/** `cres status` and `cres deploy` of 100 contracts without containers, by the platform's clock. */
export async function fleetBench(): Promise<void> {
	const fleet = await makeVastFleet({ instances: NAMES, factor: FACTOR, deployTimeout: "30s", handshakeMs: 10_000 });
	try {
		await rollAll(fleet, BUILD.first, 3 * PARALLEL); // from an image of somebody else's
		say(`  fleet of ${SIZE} contracts, factor ${FACTOR}; seconds are the platform's`);
		await statusRound(fleet);
		await rollRound(fleet);
	} finally {
		await fleet.close();
	}
}

async function statusRound(fleet: VastFleet): Promise<void> {
	const from = fleet.sim.requests.length;
	const open = async (name: string) => fleet.ports(name).instance;
	const { instances } = await statusOf({ ...fleet.ports(NAMES[0]!), open }, NAMES);
	const bad = instances.find(({ verdict }) => verdict !== "ok");
	if (bad) throw new Error(`${bad.instance} is ${bad.verdict}: ${bad.detail}`);
	say(`    status: ${fleet.sim.requests.length - from} API calls (aim ≤ ${AIM_CALLS})`);
}

async function rollRound(fleet: VastFleet): Promise<void> {
	const from = fleet.sim.requests.length;
	const started = fleet.sim.now();
	await rollAll(fleet, BUILD.second, PARALLEL);
	const took = fleet.sim.now() - started;
	const requests = fleet.sim.requests.slice(from);
	const floor = floorOf();
	say(
		`    roll of all, ${PARALLEL} at a time: ${seconds(took)}, ${(took / floor.ms).toFixed(2)} × the floor of ${seconds(floor.ms)} (aim ≤ ${AIM_RATIO} ×)`,
	);
	for (const line of floor.lines) say(`      ${line}`);
	const refused = requests.filter(({ status }) => status === 429).length;
	say(`    answers 429: ${refused} (aim 0) of ${requests.length}; by route, calls and the least time between two:`);
	for (const line of spacing(requests)) say(`      ${line}`);
}

async function rollAll(fleet: VastFleet, buildId: string, parallel: number): Promise<void> {
	const options = { dryRun: false, purpose: "deploy", parallel, maxFailures: 0 } as const;
	const open = async (name: string) => fleet.ports(name);
	const wanted = { reference: `b-${buildId}` };
	const stackOf = async (defect: unknown) => String(defect);
	const { instances } = await rollFleet({ ...fleet.ports(NAMES[0]!), open, stackOf }, NAMES, wanted, options);
	const bad = instances.find(({ outcome }) => outcome !== "live");
	if (bad) throw new Error(`${bad.instance} is ${bad.outcome}: ${bad.error?.message ?? bad.rollout?.failure?.message}`);
}

/** The larger of what one route's limit and what the waves of rolls need at least. */
function floorOf(): { ms: number; lines: string[] } {
	const waves = 1 + Math.ceil((SIZE - 1) / PARALLEL);
	const byWaves = waves * LOOKS * LOOK_MS;
	const byLimit = SIZE * USUAL_THRESHOLD;
	return {
		ms: Math.max(byWaves, byLimit),
		lines: [
			`waves: ${seconds(byWaves)} = (the canary + ${waves - 1}) × ${LOOKS} looks that are ${seconds(LOOK_MS)} apart`,
			`limits: ${seconds(byLimit)} = ${SIZE} × ${seconds(USUAL_THRESHOLD)} for each of ${OF_EACH_ROLL.join(", ")}`,
		],
	};
}

/** `list  441 calls  1.013 s (limit 1.0 s)` for each route that was called. */
function spacing(requests: readonly RecordedRequest[]): string[] {
	const byRoute = Map.groupBy(requests, ({ route }) => route);
	byRoute.delete(undefined); // the object store that logs are read from knows no limit
	return [...byRoute].map(([route, all]) => {
		const gaps = all.slice(1).map(({ at }, index) => at - all[index]!.at);
		const threshold = THRESHOLD[route!] ?? USUAL_THRESHOLD;
		return `${route!.padEnd(16)} ${String(all.length).padStart(4)}  ${(Math.min(...gaps) / 1000).toFixed(3)} s (limit ${seconds(threshold)})`;
	});
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
