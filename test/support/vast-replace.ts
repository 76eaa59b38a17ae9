import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import { UserError } from "../../src/errors/errors.ts";
import { deploy } from "../../src/rollout/deploy.ts";
import type { RolloutPorts } from "../../src/rollout/ports.ts";
import type { Rollout } from "../../src/rollout/report.ts";
import type { VastAccount } from "../../src/vast/account.ts";
import { BUILD, leaveLease, type VastFleet } from "./vast-fleet.ts";

export const NAME = "gpu-1";
export const LABEL = "cres/fleet/gpu-1";

export interface ReplaceOptions {
	buildId?: string;
	dryRun?: boolean;
	/** Without it the contract is rolled, not made again. */
	replaces?: boolean;
	signal?: AbortSignal;
	progress?: RolloutPorts["progress"];
	/** Ports that are others than the fleet's. */
	ports?: Partial<Pick<RolloutPorts, "registry" | "temporal" | "instance">>;
	login?: VastAccount["login"];
}

/** A deploy of the second build, as a new process would do it: cres.yaml is read again. */
export async function replaceContract(fleet: VastFleet, options: ReplaceOptions = {}): Promise<Rollout> {
	const { buildId = BUILD.second, dryRun = false, replaces = true, login, ...given } = options;
	const config = await loadConfig({ directory: fleet.root, environment: {} });
	const account = { ...fleet.account, ...(login ? { login } : {}) };
	const { signal, progress } = given;
	const ports = fleet.ports(NAME, {
		config,
		account,
		...(signal ? { signal } : {}),
		...(progress ? { progress } : {}),
	});
	return deploy(
		{ ...ports, ...options.ports },
		{ reference: `b-${buildId}` },
		{ dryRun, purpose: "deploy", replace: replaces },
	);
}

/** The contract that cres.yaml names. */
export async function named(fleet: VastFleet): Promise<number> {
	const file = parse(await readFile(join(fleet.root, "cres.yaml"), "utf8")) as Named;
	return file.instances[NAME]!.id;
}

interface Named {
	instances: Record<string, { id: number }>;
}

/** The build that polls from the contract that cres.yaml names. */
export async function servingNow(fleet: VastFleet): Promise<string | undefined> {
	const container = fleet.sim.contract(await named(fleet))?.container;
	return fleet.sim.pollers().find(({ containerId }) => containerId === container?.containerId)?.buildId;
}

/** The account holds one contract, it is the one that cres.yaml names, and nothing else costs money. */
export async function expectOne(fleet: VastFleet): Promise<void> {
	expect(fleet.sim.contracts().map(({ id, label }) => ({ id, label }))).toEqual([
		{ id: await named(fleet), label: LABEL },
	]);
}

/** So many machines are to be had. */
function offer(fleet: VastFleet, machines: number): void {
	for (let more = machines - fleet.sim.offers.list().length; more > 0; more--) fleet.sim.offers.add();
}

/** How a change of contracts to another build than the present one has ended. */
export interface EndedAnew {
	/** `live`, `rolled-back`, `failed`, or the code of the error. */
	how: string;
	message: string;
	hint: string;
}

/**
 * Another contract for the other build, with the faults that are on; sees that it ended as it may: with the old or the
 * new contract and no other, or with an error that names what may be billed. Then, without faults, that the same command
 * brings it to its end.
 */
export async function replaceInto(fleet: VastFleet): Promise<EndedAnew> {
	const [before, running] = [await named(fleet), await servingNow(fleet)];
	const wanted = running === BUILD.first ? BUILD.second : BUILD.first;
	offer(fleet, MACHINES);
	const ended = await endOf(replaceContract(fleet, { buildId: wanted }));
	fleet.sim.faults.clear();
	if (ended.how === "revert_failed" || ended.how === "unfinished") {
		for (const { id } of fleet.sim.contracts())
			if (id !== before && ended.how === "revert_failed") expect(ended.message).toContain(String(id));
		expect(ended.hint).toContain(`cres deploy ${NAME} --replace`);
	} else {
		await expectOne(fleet);
		expect(await servingNow(fleet)).toBe(ended.how === "live" ? wanted : running);
		if (ended.how !== "live") expect(await named(fleet)).toBe(before);
	}
	offer(fleet, MACHINES);
	expect(await endOf(replaceContract(fleet, { buildId: wanted }))).toMatchObject({ how: "live" });
	await expectOne(fleet);
	expect(await servingNow(fleet)).toBe(wanted);
	return ended;
}

const MACHINES = 6;

async function endOf(rolling: Promise<Rollout>): Promise<EndedAnew> {
	try {
		const { outcome, failure } = await rolling;
		return { how: outcome, message: failure?.message ?? "", hint: failure?.hint ?? "" };
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
		return { how: error.code, message: error.message, hint: error.hint ?? "" };
	}
}

/** The code, message and hint of a rollout that ended with an error. */
export async function errorOf(rolling: Promise<Rollout>): Promise<{ code: string; message: string; hint: string }> {
	const error = await rolling.then(
		({ outcome }) => new Error(`it ended ${outcome}`),
		(thrown: unknown) => thrown,
	);
	if (!(error instanceof UserError)) throw error;
	return { code: error.code, message: error.message, hint: error.hint ?? "" };
}

/** Goes on until a step is about to begin or to be journalled as done, and no further, as after a kill -9. */
export async function killed(fleet: VastFleet, step: string, moment: "before" | "after"): Promise<void> {
	const reached = Promise.withResolvers<void>();
	const dead = new Promise<never>(() => {});
	const progress: RolloutPorts["progress"] = {
		async step(title, work) {
			if (!title.startsWith(step)) return work(() => {});
			if (moment === "after") await work(() => {});
			reached.resolve();
			return dead;
		},
		note: () => {},
	};
	const ended = replaceContract(fleet, { progress }).then(({ outcome }) => {
		throw new Error(`it went past "${step}" and ended ${outcome}`);
	});
	await Promise.race([reached.promise, ended]);
	await leaveLease(fleet, NAME);
}

/** Ctrl-C as soon as a step has begun, or has ended. */
export function stoppedIn(fleet: VastFleet, step: string, moment: "during" | "after" = "during"): Promise<Rollout> {
	const interrupt = new AbortController();
	const stop = () => interrupt.abort(new UserError("interrupted", "stopped by the operator"));
	const progress: RolloutPorts["progress"] = {
		async step(title, work) {
			const isIt = title.startsWith(step) && !interrupt.signal.aborted;
			if (isIt && moment === "during") setTimeout(stop, 1);
			const value = await work(() => {});
			if (isIt && moment === "after") stop();
			return value;
		},
		note: () => {},
	};
	return replaceContract(fleet, { progress, signal: interrupt.signal });
}
