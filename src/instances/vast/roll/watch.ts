import { HEALTH_PROGRAM } from "../../../contracts/health.ts";
import { expectedPollers } from "../../../contracts/queues.ts";
import { probe } from "../probe.ts";
import { observePollers } from "../../../temporal/pollers.ts";
import { untilHealthy } from "../../health.ts";
import type { RolloutPorts } from "../../../rollout/ports.ts";
import { conditionOf, standing } from "../contract.ts";
import { CONTAINER_TIMEOUT, LOOK_EVERY, contractNow, late, type VastRun } from "./run-state.ts";
import { servesAll, workerDied } from "../worker.ts";

/** Looks in a row that must be good: a fresh container may flap. */
const WATCH_LOOKS = 3;

/** Several looks in a row: the contract up, the same worker process, this build, and its polls. Meanwhile its api is asked for its health. */
export async function watch(ports: RolloutPorts, own: VastRun, report: (text: string) => void): Promise<void> {
	const { clock } = own.seen.vast;
	const reached = own.reached!;
	const healthy = untilHealthy(ports.instance, () => reached.session.exec(["sh", HEALTH_PROGRAM]), ports);
	healthy.catch(() => {}); // a look that fails comes first
	let pid: number | undefined;
	for (let good = 0, looks = 1; good < WATCH_LOOKS; looks++) {
		await clock.sleep(LOOK_EVERY, ports.signal);
		const contract = await contractNow(ports, own);
		const condition = conditionOf(contract);
		if (condition === "stopped" || condition === "ended" || condition === "pull-failed")
			throw standing(ports.instance, contract, condition);
		const { worker, workerPid } = await probe(ports.instance, reached.session);
		const isSame = pid === undefined || workerPid === undefined || pid === workerPid;
		if (!isSame || (worker !== "RUNNING" && worker !== "STARTING")) throw workerDied(worker, isSame ? 0 : 1);
		pid ??= workerPid;
		const isGood = condition === "up" && workerPid !== undefined && (await stillPolls(ports, own));
		good = isGood ? good + 1 : 0;
		report(`${good} of ${WATCH_LOOKS} looks were good`);
		if (looks > CONTAINER_TIMEOUT / LOOK_EVERY) throw late(ports.instance, contract);
	}
	own.facts.push(await healthy);
}

async function stillPolls({ config, instance, clock }: RolloutPorts, { seen, reached }: VastRun): Promise<boolean> {
	const expected = expectedPollers(config.queue, seen.instance.roles);
	const { rows } = await observePollers(seen.temporal, expected, clock);
	return servesAll(instance, reached!.probe, expected, rows);
}
