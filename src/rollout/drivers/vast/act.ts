import { UserError, codeOf } from "../../../errors.ts";
import { proveEndpoint, type reachContract, type Reached } from "../../../instance/reach.ts";
import { observePollers } from "../../../temporal/pollers.ts";
import { expectedPollers } from "../../../contracts/queues.ts";
import { probe } from "../../../instance/probe.ts";
import type { Contract, Staging } from "../../../vast/vast.ts";
import { endpointOf } from "../../../vast/endpoint-of.ts";
import type { Progressing } from "../../driver.ts";
import type { RolloutPorts } from "../../ports.ts";
import type { Step } from "../../step.ts";
import { conditionOf, standing, type Condition } from "./contract.ts";
import { reachPorts, type Observation } from "./observe.ts";
import { stagingOf } from "./staging.ts";
import { drain, identityOf, lastLines, untilPolling, workerDied } from "./worker.ts";

/** All in milliseconds of the platform's time. The platform's documentation asks for 10 s between two looks. */
const LOOK_EVERY = 10_000;
const CONTAINER_TIMEOUT = 30 * 60_000;
const REACH_EVERY = 5_000;
const REACH_TIMEOUT = 10 * 60_000;
/** A host's heartbeat may be lost for a while. */
const SILENCE_ALLOWED = 5 * 60_000;
/** Looks in a row that must be good: a fresh container may flap. */
const WATCH_LOOKS = 3;
/** A minute in which the platform may still show what was before the recycle. */
const LOOKS_OF_GRACE = 6;
/** Looks after which a container that never seemed to go is asked for its host key instead. */
const LOOKS_BEFORE_KEY = 3;

/** What may be behind a contract whose container is being made; all of it passes, or the time is over. */
const PASSING = new Set([
	"connection_lost",
	"host_key_mismatch",
	"instance_unreachable",
	"no_endpoint",
	"not_settled",
	"probe_failed",
	"ssh_refused",
	"wrong_instance",
]);

/** One rollout to a Vast contract on its way. */
export interface VastRun {
	seen: Observation;
	/** The contract as it was read last. */
	contract: Contract;
	/** The container behind ssh, once it was reached. */
	reached: Reached | undefined;
	/** What the recycle takes away, to tell it from what comes. */
	replaced: Replaced;
	/** Takes up an endpoint; only a contract that stays leaves a record of it. */
	reach: typeof reachContract;
	/** Furthest thing that was begun: decides what has to be undone. */
	begun: "nothing" | "drain" | "stage" | "recycle";
	/** Facts for the entry, one a line. */
	facts: string[];
}

interface Replaced {
	contract: Contract;
	/** It ran, so it has to be seen to go. */
	wasUp: boolean;
	/** Its host key, if it was reached. */
	fingerprint: string | undefined;
}

export const replacedBy = (contract: Contract, reached: Reached | undefined): Replaced => ({
	contract,
	wasUp: conditionOf(contract) === "up",
	fingerprint: reached?.endpoint.fingerprint,
});

/** Does one step. */
export async function act(
	ports: RolloutPorts,
	own: VastRun,
	run: Progressing,
	step: Step,
	report: (text: string) => void,
): Promise<void> {
	switch (step.kind) {
		case "drain":
			own.begun = "drain";
			return drain(ports.instance, own.reached!.session);
		case "stage":
			return stage(ports, own, stagingOf({ ...own.seen, rollout: run.id }, own.contract));
		case "recycle":
			return recycle(ports, own);
		case "await-container":
			return awaitContainer(ports, own, report);
		case "reach":
			return reachBuild(ports, own, run, step.buildId, report);
		case "await-pollers":
			run.pollers = await polls(ports, own, run, report);
			return;
		case "watch":
			return watch(ports, own, report);
		default:
			throw new Error(`the vast driver has no step ${step.kind}`);
	}
}

/** Tells the platform what to run from the next recycle on, and sees that it took it. @throws UserError stage_not_taken */
export async function stage(ports: RolloutPorts, own: VastRun, staging: Staging): Promise<void> {
	const { id } = own.contract;
	if (own.begun !== "recycle") own.begun = "stage";
	await own.seen.vast.api.stage(id, staging).catch((error: unknown) => {
		if (codeOf(error) !== "vast_reply_lost") throw error; // the look below tells whether it was taken
	});
	const now = await contractNow(ports, own);
	if (now.image === staging.image && (staging.onstart === undefined || now.onstart === staging.onstart)) return;
	throw new UserError("stage_not_taken", `contract ${id} still has ${now.image} staged, not ${staging.image}`, {
		hint: `cres deploy ${ports.instance}`,
	});
}

/** One recycle. A lost reply is looked after before the call is repeated: a repeat costs another start of the container. */
export async function recycle(ports: RolloutPorts, own: VastRun): Promise<void> {
	const { api, clock } = own.seen.vast;
	const before = own.contract;
	own.begun = "recycle";
	own.replaced = replacedBy(before, own.reached);
	own.reached?.session.close();
	try {
		await api.recycle(before.id);
	} catch (error) {
		if (codeOf(error) !== "vast_reply_lost") throw error;
		for (let look = 0; look < WATCH_LOOKS; look++) {
			await clock.sleep(LOOK_EVERY, ports.signal);
			if (hasMoved(before, await contractNow(ports, own))) return;
		}
		ports.progress.note("the reply to the recycle was lost and nothing came of it: it is asked for once more");
		await api.recycle(before.id);
	}
}

/** The container of before is not the one that shows now. */
const hasMoved = (before: Contract, now: Contract): boolean =>
	now.actual !== "running" || endpointOf(now)?.port !== endpointOf(before)?.port;

/**
 * Waits until the platform was seen to have taken the old container away and shows another one as running. The first
 * `running` after a recycle may still be the old one.
 * @throws UserError container_late after half an hour, and why it will never come
 */
export async function awaitContainer(ports: RolloutPorts, own: VastRun, report: (text: string) => void): Promise<void> {
	const { clock } = own.seen.vast;
	const before = own.replaced;
	const until = clock.now() + CONTAINER_TIMEOUT;
	let silentSince: number | undefined;
	let moved = !before.wasUp;
	for (let look = 1; ; look++) {
		await clock.sleep(LOOK_EVERY, ports.signal);
		const contract = await contractNow(ports, own);
		const condition = newConditionOf(contract, before.contract, look);
		moved ||= hasMoved(before.contract, contract);
		report(`${contract.actual ?? "not started"}${moved ? "" : ", still the old container"}`);
		if (condition === "up" && !moved && look >= LOOKS_BEFORE_KEY) moved = await hasOtherKey(ports, own);
		if (condition === "up" && moved && endpointOf(contract)) return;
		if (condition === "silent") silentSince ??= clock.now();
		else silentSince = undefined;
		if (condition !== "up" && condition !== "on-its-way" && condition !== "silent")
			throw standing(ports.instance, contract, condition);
		if (silentSince !== undefined && clock.now() - silentSince > SILENCE_ALLOWED)
			throw standing(ports.instance, contract, "silent");
		if (clock.now() > until) throw late(ports.instance, contract);
	}
}

/**
 * What a host said before the recycle is no news after it: messages come late, and for a while all of the contract may be
 * shown as it was.
 */
function newConditionOf(contract: Contract, before: Contract, look: number): Condition {
	const isOldNews = contract.statusMessage === before.statusMessage;
	const same = isOldNews && contract.actual === before.actual && contract.intended === before.intended;
	if (same && look <= LOOKS_OF_GRACE && conditionOf(contract) !== "up") return "on-its-way";
	return conditionOf(isOldNews ? { ...contract, statusMessage: null } : contract);
}

/** A container whose endpoint stays the same, behind the proxy, is told from the old one by its host key. */
async function hasOtherKey(ports: RolloutPorts, own: VastRun): Promise<boolean> {
	const old = own.replaced.fingerprint;
	try {
		const { session, endpoint } = await proveEndpoint(reachPorts(ports, own.seen.vast), ports.instance, own.contract);
		session.close();
		return endpoint.fingerprint !== old;
	} catch {
		return false;
	}
}

/**
 * Logs in to the new container and looks for the build inside. An old build means that the platform has booted the
 * image of before: that is recycled once more, once.
 * @throws UserError wrong_build, and what kept it from being reached when the time is over
 */
export async function reachBuild(
	ports: RolloutPorts,
	own: VastRun,
	run: Pick<Progressing, "journal">,
	buildId: string,
	report: (text: string) => void,
): Promise<void> {
	let repaired = false;
	for (;;) {
		const reached = await reachSettled(ports, own, report);
		const found = reached.probe.buildId;
		own.reached = reached;
		if (found === buildId) break;
		if (repaired) throw wrongBuild(ports.instance, buildId, found);
		repaired = true;
		own.facts.push(`${found ?? "an image that is not ours"} still ran: recycled once more`);
		ports.progress.note(`${ports.instance} still runs ${found ?? "another image"}: recycle once more`);
		await run.journal.write("step", "recycle", "once more: the old image still ran");
		await recycle(ports, own);
		await awaitContainer(ports, own, report);
	}
	const { endpoint } = own.reached;
	own.facts.push(
		`generation ${endpoint.generation} at ${endpoint.host}:${endpoint.port} (${endpoint.via}), host key ${endpoint.fingerprint}, ${endpoint.verifiedBy === "log" ? "named by the instance's log" : "unverified, taken as shown"}`,
	);
}

/** Tries again until the container answers as the contract's own and its on-start has run. */
async function reachSettled(ports: RolloutPorts, own: VastRun, report: (text: string) => void): Promise<Reached> {
	const { clock } = own.seen.vast;
	const until = clock.now() + REACH_TIMEOUT;
	for (let attempt = 1; ; attempt++) {
		try {
			const reached = await own.reach(reachPorts(ports, own.seen.vast), ports.instance, own.contract);
			if (reached.probe.buildId === undefined || reached.probe.container !== undefined) return reached;
			reached.session.close();
			throw new UserError("not_settled", `on-start of ${ports.instance} has not run yet`, {
				hint: `cres ssh ${ports.instance}, then look at /root/onstart.log`,
			});
		} catch (error) {
			if (!PASSING.has(codeOf(error) ?? "") || clock.now() > until) throw error;
			report(`attempt ${attempt}: ${(error as Error).message}`);
		}
		await clock.sleep(REACH_EVERY, ports.signal);
		const contract = await contractNow(ports, own);
		const condition = conditionOf(contract);
		if (condition === "stopped" || condition === "ended" || condition === "pull-failed")
			throw standing(ports.instance, contract, condition);
	}
}

async function polls(ports: RolloutPorts, own: VastRun, run: Progressing, report: (text: string) => void) {
	const { temporal, instance } = own.seen;
	try {
		return await untilPolling(ports, temporal, own.reached!, instance.roles, report);
	} catch (error) {
		run.logTail = await lastLines(own.reached!.session);
		throw error;
	}
}

/** Several looks in a row: the contract up, the same worker process, this build, and its polls. */
export async function watch(ports: RolloutPorts, own: VastRun, report: (text: string) => void): Promise<void> {
	const { clock } = own.seen.vast;
	const reached = own.reached!;
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
		const isGood = condition === "up" && worker === "RUNNING" && (await stillPolls(ports, own));
		good = isGood ? good + 1 : 0;
		report(`${good} of ${WATCH_LOOKS} looks were good`);
		if (looks > CONTAINER_TIMEOUT / LOOK_EVERY) throw late(ports.instance, contract);
	}
}

async function stillPolls(ports: RolloutPorts, { seen, reached }: VastRun): Promise<boolean> {
	const { roles } = seen.instance;
	const expected = expectedPollers(ports.config.queue, roles);
	const { rows } = await observePollers(seen.temporal, expected, ports.clock);
	return expected.every(({ queue, type, role }) =>
		rows.some(
			(row) =>
				row.queue === queue &&
				row.type === type &&
				row.identity === identityOf(ports.instance, reached!.probe, role) &&
				(row.verdict === "LIVE" || row.verdict === "BUSY"),
		),
	);
}

/** @throws UserError contract_gone */
export async function contractNow(ports: RolloutPorts, own: VastRun): Promise<Contract> {
	const contract = await own.seen.vast.read(own.contract.id);
	if (contract) return (own.contract = contract);
	throw new UserError(
		"contract_gone",
		`contract ${own.contract.id} of ${ports.instance} is gone in the middle of the rollout`,
		{
			hint: `cres instance list, then cres deploy ${ports.instance} --recreate`,
		},
	);
}

const late = (instance: string, { id, actual, statusMessage }: Contract) =>
	new UserError(
		"container_late",
		`contract ${id} of ${instance} is ${actual ?? "not started"} after ${CONTAINER_TIMEOUT / 60_000} minutes: ${statusMessage?.split("\n").at(-1) ?? "its host says nothing"}`,
		{ hint: `cres instance list, then cres deploy ${instance}` },
	);

const wrongBuild = (instance: string, wanted: string, found: string | undefined) =>
	new UserError(
		"wrong_build",
		`${instance} runs ${found ?? "an image that is not ours"} after two recycles, not ${wanted}`,
		{ hint: `cres deploy ${instance}; if it stays so, adopt a contract on another machine` },
	);
