import { abortOf, asUserError } from "../errors/as-user-error.ts";
import { messageOf } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import { deploy } from "./deploy.ts";
import type { DeployOptions } from "./options.ts";
import type { RolloutPorts } from "./ports.ts";
import type { Rollout } from "./report.ts";
import type { WantedRelease } from "./wanted.ts";

export interface FleetOptions extends DeployOptions {
	/** Rolls that may go on at the same time, after the canary. */
	parallel: number;
	/** So many instances may fail before no further one is begun; the canary may never. */
	maxFailures: number;
}

export interface FleetPorts {
	/** What the rollout of one instance talks to. */
	open: (instance: string) => Promise<RolloutPorts>;
	clock: Clock;
	signal: AbortSignal;
	/** The stack of a defect. */
	stackOf: (defect: unknown) => Promise<string>;
}

interface FleetError {
	/** `bug`: a defect of cres. */
	code: string;
	message: string;
	hint: string | null;
	/** Of a defect; else null. */
	stack: string | null;
}

/** How one instance of a fleet fared. */
export interface FleetRow {
	instance: string;
	/** `error`: it did not get as far as a rollout's end; `skipped`: it was never begun. */
	outcome: Rollout["outcome"] | "error" | "skipped";
	rollout: Rollout | null;
	error: FleetError | null;
}

/** What `cres deploy` of several instances returns under --json. */
export interface FleetRollout {
	/** In the order in which they were given; the first one is the canary. */
	instances: FleetRow[];
	/** Too many failed, so that some were never begun. */
	halted: boolean;
	/** Milliseconds. */
	durationMs: number;
}

/**
 * Rolls the first instance alone; when it is good, the others, some at a time, until too many have failed. Ctrl-C lets
 * each one that was begun go back, and begins no other.
 */
export async function rollFleet(
	ports: FleetPorts,
	instances: readonly string[],
	wanted: WantedRelease,
	options: FleetOptions,
): Promise<FleetRollout> {
	const { clock, signal } = ports;
	const started = clock.now();
	const rows = new Map<string, FleetRow>();
	const roll = async (instance: string) => void rows.set(instance, await rowOf(ports, instance, wanted, options));
	const failures = (): number => [...rows.values()].filter(isBad).length;
	const [canary, ...others] = instances;
	await roll(canary!);
	const halt = (): boolean => signal.aborted || isBad(rows.get(canary!)!) || failures() > options.maxFailures;
	const waiting = [...others];
	const lane = async () => {
		while (waiting.length > 0 && !halt()) await roll(waiting.shift()!);
	};
	await Promise.all(Array.from({ length: options.parallel }, lane));
	return {
		instances: instances.map((instance) => rows.get(instance) ?? skipped(instance)),
		halted: rows.size < instances.length,
		durationMs: clock.now() - started,
	};
}

const BUG = "bug";

/** A defect of cres kept this instance from the end of its rollout. */
export const isBug = ({ error }: FleetRow): boolean => error?.code === BUG;

/** It was begun and did not go live. */
export const isBad = ({ outcome }: FleetRow): boolean =>
	outcome === "rolled-back" || outcome === "failed" || outcome === "error";

const skipped = (instance: string): FleetRow => ({ instance, outcome: "skipped", rollout: null, error: null });

/** Whatever goes wrong with one instance is its row: the others are rolled, or gone back from, all the same. */
async function rowOf(
	{ open, stackOf }: FleetPorts,
	instance: string,
	wanted: WantedRelease,
	options: FleetOptions,
): Promise<FleetRow> {
	try {
		const rollout = await deploy(await open(instance), wanted, options);
		return { instance, outcome: rollout.outcome, rollout, error: null };
	} catch (error) {
		const known = asUserError(error) ?? abortOf(error);
		const failure = known
			? { code: known.code, message: known.message, hint: known.hint ?? null, stack: null }
			: { code: BUG, message: messageOf(error), hint: null, stack: await stackOf(error) };
		return { instance, outcome: "error", rollout: null, error: failure };
	}
}
