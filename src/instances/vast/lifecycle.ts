import { UserError } from "../../errors/errors.ts";
import type { VastAccount } from "../../vast/account.ts";
import type { Contract } from "../../vast/vast.ts";
import type { LifecycleAction, LifecycleCall, LifecycleChange } from "../instance.ts";
import { nothingDeployed } from "../nothing-deployed.ts";
import { connectContract, type Connected } from "./connect.ts";
import { assertOurs, conditionOf, standing } from "./contract.ts";
import type { VastPorts } from "./ports.ts";
import { probe } from "./probe.ts";
import { LOOK_EVERY } from "./timings.ts";
import { drain, startWorker, untilWorkerPolls } from "./worker.ts";

/** A contract that was stopped may wait for its GPU for ever; in milliseconds of the platform's time. */
const START_TIMEOUT = 10 * 60_000;

/**
 * Drains, starts or restarts the worker; never another image, and never the contract's own stop, which would give its
 * GPU away. A contract that was stopped is started.
 */
export async function changeLife(
	common: VastPorts,
	action: LifecycleAction,
	given: LifecycleCall,
): Promise<LifecycleChange> {
	const call = begunOnce(given);
	const ports = { ...common, signal: call.signal, note: (text: string) => call.progress.note(text) };
	const { config, name, settings } = ports;
	const account = await ports.vast();
	const contract = assertOurs(await account.read(settings.id), config.project, name, settings.id);
	const up = await contractUp(ports, account, contract, action, call);
	const connected = await connectContract({ ...ports, account }, up);
	try {
		if (connected.probe.worker === "none") throw nothingDeployed(name);
		await call.begin();
		return await change(ports, connected, action, call);
	} finally {
		connected.session.close();
	}
}

/** The contract may be the first change, or its worker. */
function begunOnce(call: LifecycleCall): LifecycleCall {
	let begun: Promise<void> | undefined;
	return { ...call, begin: () => (begun ??= call.begin()) };
}

/** What supervisord says of a worker that runs, or that it starts again in a moment. */
const UP: ReadonlySet<string> = new Set(["RUNNING", "STARTING", "BACKOFF"]);

async function change(
	ports: VastPorts,
	{ session, probe: before }: Connected,
	action: LifecycleAction,
	{ progress, signal }: LifecycleCall,
): Promise<LifecycleChange> {
	const { name } = ports;
	const works = UP.has(before.worker);
	const buildId = before.buildId ?? "";
	signal.throwIfAborted(); // later on a restart must start what it has stopped
	if (action !== "start" && works) await progress.step("drain and stop the worker", () => drain(name, session));
	if (action === "stop") return { changed: works, buildId, running: false, pollers: [] };
	const pollers = await progress.step("start the worker and wait for its polls", async (report) => {
		await startWorker(name, session);
		const worker = { session, probe: await probe(name, session) };
		return untilWorkerPolls(ports, worker, { signal, report });
	});
	return { changed: action === "restart" || !works, buildId, running: true, pollers };
}

/** The contract when it is up; `start` starts one that was stopped. @throws UserError contract_stopped, start_stuck */
async function contractUp(
	ports: VastPorts,
	account: VastAccount,
	contract: Contract,
	action: LifecycleAction,
	call: LifecycleCall,
): Promise<Contract> {
	const condition = conditionOf(contract);
	if (condition === "up") return contract;
	if (action === "stop" || (condition !== "stopped" && condition !== "on-its-way"))
		throw standing(ports.name, contract, condition === "on-its-way" ? "silent" : condition);
	if (condition === "stopped") await call.begin(); // from then on it costs
	call.signal.throwIfAborted();
	return call.progress.step(`start contract ${contract.id}`, async (report) => {
		const isQueued = condition === "stopped" && (await account.api.start(contract.id)) === "queued";
		if (isQueued) report("queued: Vast starts it when its machine is free");
		const until = account.clock.now() + START_TIMEOUT;
		for (;;) {
			await account.clock.sleep(LOOK_EVERY, ports.signal);
			const now = await account.read(contract.id);
			if (now && conditionOf(now) === "up" && Object.keys(now.ports).length > 0) return now;
			report(`${isQueued ? "queued, " : ""}${now?.actual ?? "not started"}`);
			if (account.clock.now() > until) throw stuck(ports.name, now ?? contract);
		}
	});
}

const stuck = (instance: string, { id, actual }: Contract) =>
	new UserError(
		"start_stuck",
		`contract ${id} of ${instance} is still ${actual ?? "not started"}: its GPU may be taken`,
		{ hint: `wait, or cres deploy ${instance} --replace to rent another one` },
	);
