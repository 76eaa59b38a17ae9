import { parseOnStart } from "../../../contracts/vast.ts";
import type { ErrorCode } from "../../../errors/catalogue.ts";
import { UserError, messageOf } from "../../../errors/errors.ts";
import type { Reached } from "../../../instance/reach.ts";
import type { Progressing } from "../../driver.ts";
import type { RolloutPorts } from "../../ports.ts";
import { awaitContainer } from "./await-container.ts";
import { conditionOf, standing } from "../contract.ts";
import { reachPorts } from "./observe.ts";
import { recycle } from "./recycle.ts";
import { contractNow, type VastRun } from "./run-state.ts";

/** In milliseconds of the platform's time. */
const REACH_EVERY = 5_000;
const REACH_TIMEOUT = 10 * 60_000;

/** What may be behind a contract whose container is being made; all of it passes, or the time is over. */
const PASSING = new Set<ErrorCode>([
	"connection_lost",
	"host_key_mismatch",
	"instance_unreachable",
	"no_endpoint",
	"not_settled",
	"probe_failed",
	"ssh_refused",
	"wrong_instance",
]);

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
		if (found === buildId && isOfThisRollout(own)) break;
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

/** A container that the platform made from what was staged before has the on-start of before, whatever its image. */
function isOfThisRollout({ contract, reached }: VastRun): boolean {
	const started = reached!.probe.rollout;
	return started === undefined || started === parseOnStart(contract.onstart)?.rollout;
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
			if (!(error instanceof UserError) || !PASSING.has(error.code) || clock.now() > until) throw error;
			report(`attempt ${attempt}: ${messageOf(error)}`);
		}
		await clock.sleep(REACH_EVERY, ports.signal);
		const contract = await contractNow(ports, own);
		const condition = conditionOf(contract);
		if (condition === "stopped" || condition === "ended" || condition === "pull-failed")
			throw standing(ports.instance, contract, condition);
	}
}

const wrongBuild = (instance: string, wanted: string, found: string | undefined) =>
	new UserError(
		"wrong_build",
		`${instance} runs ${found ?? "an image that is not ours"}${found === wanted ? " with the on-start of before" : ""} after two recycles, not what was staged (${wanted})`,
		{ hint: `cres deploy ${instance}; if it stays so, adopt a contract on another machine` },
	);
