import { parseOnStart } from "../../../contracts/vast.ts";
import type { ErrorCode } from "../../../errors/catalogue.ts";
import { UserError, messageOf } from "../../../errors/errors.ts";
import type { Connected } from "../connect.ts";
import type { VastPorts } from "../ports.ts";
import { awaitContainer } from "./await-container.ts";
import { conditionOf, standing } from "../contract.ts";
import { recycle } from "./recycle.ts";
import { takeConnection, contractNow, type VastRollout } from "./vast-rollout.ts";

/** In milliseconds of the platform's time. */
const CONNECT_EVERY = 5_000;
const CONNECT_TIMEOUT = 10 * 60_000;

/** What may be behind a contract whose container is being made; all of it passes, or the time is over. */
const PASSING = new Set<ErrorCode>([
	"connection_lost",
	"host_key_mismatch",
	"host_key_unverified", // the log may come late
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
 * @throws UserError wrong_build, and what kept it from being connected to when the time is over
 */
export async function connectBuild(
	ports: VastPorts,
	own: VastRollout,
	buildId: string,
	report: (text: string) => void,
): Promise<void> {
	let repaired = false;
	for (;;) {
		const connected = await connectSettled(ports, own, report);
		const found = connected.probe.buildId;
		takeConnection(own, connected);
		if (found === buildId && isOfThisRollout(own)) break;
		if (repaired) throw wrongBuild(ports.name, buildId, found);
		repaired = true;
		own.run.facts.push(`${found ?? "an image that cres did not build"} still ran: recycled once more`);
		ports.note(`${ports.name} still runs ${found ?? "another image"}: recycle once more`);
		await own.run.journal.write({ event: "note", text: "recycle once more: the old image still ran" });
		await recycle(ports, own);
		await awaitContainer(ports, own, report);
	}
	const { endpoint } = own.connected!;
	own.run.generation = endpoint.generation;
	own.run.facts.push(
		`generation ${endpoint.generation} at ${endpoint.host}:${endpoint.port} (${endpoint.via}), host key ${endpoint.fingerprint}, ${endpoint.verifiedBy === "log" ? "named by the instance's log" : "unverified, taken as shown"}`,
	);
}

/** A container that the platform made from what was staged before has the on-start of before, whatever its image. */
function isOfThisRollout({ contract, connected }: VastRollout): boolean {
	const started = connected!.probe.rollout;
	return started === undefined || started === parseOnStart(contract.onstart)?.rollout;
}

/** Tries again until the container answers as the contract's own and its on-start has run. */
async function connectSettled(ports: VastPorts, own: VastRollout, report: (text: string) => void): Promise<Connected> {
	const { clock } = own.account;
	const until = clock.now() + CONNECT_TIMEOUT;
	for (let attempt = 1; ; attempt++) {
		try {
			const connected = await own.connect({ ...ports, account: own.account }, own.contract);
			if (connected.probe.buildId === undefined || connected.probe.container !== undefined) return connected;
			connected.session.close();
			throw new UserError("not_settled", `on-start of ${ports.name} has not run yet`, {
				hint: `cres ssh ${ports.name}, then look at /root/onstart.log`,
			});
		} catch (error) {
			if (!(error instanceof UserError) || !PASSING.has(error.code) || clock.now() > until) throw error;
			report(`attempt ${attempt}: ${messageOf(error)}`);
		}
		await clock.sleep(CONNECT_EVERY, ports.signal);
		const contract = await contractNow(ports, own);
		const condition = conditionOf(contract);
		if (condition === "stopped" || condition === "ended" || condition === "pull-failed")
			throw standing(ports.name, contract, condition);
	}
}

const wrongBuild = (instance: string, wanted: string, found: string | undefined) =>
	new UserError(
		"wrong_build",
		`${instance} runs ${found ?? "an image that cres did not build"}${found === wanted ? " with the previous on-start" : ""} after two recycles, not what was staged (${wanted})`,
		{ hint: `cres deploy ${instance}; if it happens again, adopt a contract on another machine` },
	);
