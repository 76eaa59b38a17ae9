import { UserError } from "../errors/errors.ts";
import { prefixed } from "../system/progress.ts";
import type { WantedRelease } from "./driver.ts";
import type { Rollout } from "./outcome.ts";
import type { RolloutPorts } from "./ports.ts";
import { rollOut, type RolloutOptions } from "./run.ts";

export interface FleetOptions extends RolloutOptions {
	/** Rolls that may go on at the same time, after the canary. */
	parallel: number;
	/** So many instances may fail before no further one is begun; the canary may never. */
	maxFailures: number;
}

/** How one instance of a fleet fared. */
export interface FleetRow {
	instance: string;
	/** `error`: it did not get as far as a rollout's end; `skipped`: it was never begun. */
	outcome: Rollout["outcome"] | "error" | "skipped";
	rollout: Rollout | null;
	error: { code: string; message: string; hint: string | null } | null;
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
	portsOf: (instance: string) => RolloutPorts,
	instances: readonly string[],
	wanted: WantedRelease,
	options: FleetOptions,
): Promise<FleetRollout> {
	const { clock, signal } = portsOf(instances[0]!);
	const started = clock.now();
	const rows = new Map<string, FleetRow>();
	const roll = async (instance: string) => {
		const { progress, ...ports } = portsOf(instance);
		const row = await rowOf({ ...ports, progress: prefixed(progress, instance) }, wanted, options);
		rows.set(instance, row);
	};
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

export const isBad = ({ outcome }: FleetRow): boolean =>
	outcome === "rolled-back" || outcome === "failed" || outcome === "error";

const skipped = (instance: string): FleetRow => ({ instance, outcome: "skipped", rollout: null, error: null });

async function rowOf(ports: RolloutPorts, wanted: WantedRelease, options: FleetOptions): Promise<FleetRow> {
	const { instance } = ports;
	try {
		const rollout = await rollOut(ports, wanted, options);
		return { instance, outcome: rollout.outcome, rollout, error: null };
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
		const { code, message, hint } = error;
		ports.progress.note(`✖ ${message}`);
		return { instance, outcome: "error", rollout: null, error: { code, message, hint: hint ?? null } };
	}
}

/** One line for each instance, and what to type for those that are not done. */
export function renderFleet({ instances, halted, durationMs }: FleetRollout): string {
	const open = instances.filter((row) => isBad(row) || row.outcome === "skipped").map(({ instance }) => instance);
	return [
		...instances.map((row) => `${row.instance}: ${describe(row)}`),
		`${instances.length - open.length} of ${instances.length} are done after ${(durationMs / 1000).toFixed(1)} s${halted ? "; halted" : ""}`,
		...(open.length > 0 ? [`next: mend that, then cres deploy ${open.join(" ")}`] : []),
	].join("\n");
}

function describe({ outcome, rollout, error }: FleetRow): string {
	if (error) return `${error.message}${error.hint ? ` → ${error.hint}` : ""}`;
	if (!rollout) return "not begun";
	const { failure, buildId, previous } = rollout;
	if (failure) return `${outcome}: ${failure.message}`;
	return outcome === "unchanged"
		? `already runs ${buildId}`
		: `${previous?.buildId ?? "nothing"} → ${buildId} (${outcome})`;
}
