import { expectedPollers } from "../../../contracts/queues.ts";
import { probe } from "../probe.ts";
import { observePollers } from "../../../temporal/pollers.ts";
import { HEALTH_ARGV, untilHealthy, type AskHealth } from "../../health.ts";
import type { VastPorts } from "../ports.ts";
import { conditionOf, standing } from "../contract.ts";
import { CONTAINER_TIMEOUT, LOOK_EVERY } from "../timings.ts";
import { contractNow, late, type VastRollout } from "./vast-rollout.ts";
import { workerDied } from "../../crash-loop.ts";
import { isServing, lastLines } from "../worker.ts";

/** Looks in a row that must be good: a fresh container may flap. */
const WATCH_LOOKS = 3;

/** Several looks in a row: the contract up, the same worker process, this build, and its polls. Meanwhile its api is asked for its health. */
export async function watch(ports: VastPorts, own: VastRollout, report: (text: string) => void): Promise<void> {
	const { clock } = own.account;
	const { session } = own.connected!;
	const ask: AskHealth = ({ signal, timeout }) => session.exec(HEALTH_ARGV, { signal, timeoutMs: timeout });
	const healthy = untilHealthy(ports.name, ask, ports);
	healthy.catch(() => {}); // a look that fails comes first
	let pid: number | undefined;
	for (let good = 0, looks = 1; good < WATCH_LOOKS; looks++) {
		await clock.sleep(LOOK_EVERY, ports.signal);
		const contract = await contractNow(ports, own);
		const condition = conditionOf(contract);
		if (condition === "stopped" || condition === "ended" || condition === "pull-failed")
			throw standing(ports.name, contract, condition);
		const { worker, workerPid } = await probe(ports.name, session);
		const isSame = pid === undefined || workerPid === undefined || pid === workerPid;
		if (!isSame || (worker !== "RUNNING" && worker !== "STARTING"))
			throw workerDied(worker, isSame ? 0 : 1, await lastLines(session));
		pid ??= workerPid;
		const isGood = condition === "up" && workerPid !== undefined && (await stillPolls(ports, own));
		good = isGood ? good + 1 : 0;
		report(`${good} of ${WATCH_LOOKS} looks were good`);
		if (looks > CONTAINER_TIMEOUT / LOOK_EVERY) throw late(ports.name, contract);
	}
	own.run.facts.push(await healthy);
}

async function stillPolls(ports: VastPorts, { connected }: VastRollout): Promise<boolean> {
	const expected = expectedPollers(ports.config.queue, ports.settings.roles);
	const { rows } = await observePollers(await ports.temporal(), expected, ports.clock);
	return isServing(ports, connected!.probe, rows);
}
