import { UserError } from "../../../errors/errors.ts";
import { vastInstance } from "../../../instance/open.ts";
import { probe } from "../../../instance/probe.ts";
import { reachContract, type Reached } from "../../../instance/reach.ts";
import type { Contract } from "../../../vast/vast.ts";
import type { Journal } from "../../journal.ts";
import { nothingDeployed, type LifecycleAction, type LifecycleResult } from "../../lifecycle.ts";
import type { RolloutPorts, VastPorts } from "../../ports.ts";
import { conditionOf, refuseForeign, standing } from "./contract.ts";
import { reachPorts } from "./roll/observe.ts";
import { drain, startWorker, untilPolling } from "./worker.ts";
import { LOOK_EVERY } from "./roll/run-state.ts";

/** A contract that was stopped may wait for its GPU for ever; in milliseconds of the platform's time. */
const START_TIMEOUT = 10 * 60_000;

/**
 * Drains, starts or restarts the worker; never another image, and never the contract's own stop, which would give its
 * GPU away. A contract that was stopped is started.
 */
export async function change(ports: RolloutPorts, action: LifecycleAction, journal: Journal): Promise<LifecycleResult> {
	const { config, instance } = ports;
	const vast = await ports.vast();
	const { id } = vastInstance(config, instance);
	const contract = refuseForeign(await vast.read(id), config.project, instance, id);
	const up = await running(ports, vast, contract, action);
	const reached = await reachContract(reachPorts(ports, vast), instance, up);
	try {
		if (reached.probe.worker === "none") throw nothingDeployed(instance);
		await journal.write("begin", action);
		return await act(ports, reached, action);
	} finally {
		reached.session.close();
	}
}

async function act(ports: RolloutPorts, reached: Reached, action: LifecycleAction): Promise<LifecycleResult> {
	const { instance, progress, config, signal } = ports;
	const { session } = reached;
	const works = reached.probe.worker === "RUNNING";
	const result = { instance, action, buildId: reached.probe.buildId ?? "", pollers: [] };
	signal.throwIfAborted(); // later on a restart must start what it has stopped
	if (action !== "start" && works) await progress.step("drain and stop the worker", () => drain(instance, session));
	if (action === "stop") return { ...result, changed: works, running: false };
	const pollers = await progress.step("start the worker and wait for its polls", async (report) => {
		await startWorker(instance, session);
		const worker = { session, probe: await probe(instance, session) };
		const { roles } = vastInstance(config, instance);
		return untilPolling(ports, await ports.temporal(), worker, roles, report);
	});
	return { ...result, changed: action === "restart" || !works, running: true, pollers };
}

/** The contract when it is up; `start` starts one that was stopped. @throws UserError contract_stopped, start_stuck */
async function running(
	ports: RolloutPorts,
	vast: VastPorts,
	contract: Contract,
	action: LifecycleAction,
): Promise<Contract> {
	const condition = conditionOf(contract);
	if (condition === "up") return contract;
	if (action === "stop" || (condition !== "stopped" && condition !== "on-its-way"))
		throw standing(ports.instance, contract, condition === "on-its-way" ? "silent" : condition);
	return ports.progress.step(`start contract ${contract.id}`, async (report) => {
		if (condition === "stopped") await vast.api.start(contract.id);
		const until = vast.clock.now() + START_TIMEOUT;
		for (;;) {
			await vast.clock.sleep(LOOK_EVERY, ports.signal);
			const now = await vast.read(contract.id);
			if (now && conditionOf(now) === "up" && Object.keys(now.ports).length > 0) return now;
			report(now?.actual ?? "not started");
			if (vast.clock.now() > until) throw stuck(ports.instance, now ?? contract);
		}
	});
}

const stuck = (instance: string, { id, actual }: Contract) =>
	new UserError(
		"start_stuck",
		`contract ${id} of ${instance} is still ${actual ?? "not started"}: its GPU may be taken`,
		{
			hint: `wait, or cres deploy ${instance} --recreate to rent another one`,
		},
	);
