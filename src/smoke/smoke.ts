import type { SmokeReport, SmokeRung } from "../contracts/smoke.ts";
import { messageOf } from "../errors/errors.ts";
import { climb } from "./climb.ts";
import { LADDER } from "./ladder.ts";
import { openWorld, sweep, type OpenEngine, type SmokeOptions } from "./open.ts";
import type { SmokePorts } from "./ports.ts";
import { removeWhole } from "./remove.ts";
import { within } from "../system/limits.ts";
import type { World } from "./world.ts";

/** For leaving nothing behind, also after Ctrl-C, and of it for what is still being made; milliseconds. */
const REMOVAL_MS = 60_000;
const MAKING_MS = 20_000;

/**
 * Starts exactly one digest with a Temporal and a store on a network of its own and climbs the ladder. Whatever happens,
 * what it has made is removed; what a killed one has left, the next one removes.
 * @throws UserError of what must be there before the first rung: image, registry, daemon, settings; the signal's reason
 */
export async function smoke(
	ports: SmokePorts,
	options: SmokeOptions,
	{ ladder = LADDER, open }: { ladder?: typeof LADDER; open?: OpenEngine } = {},
): Promise<SmokeReport> {
	const started = performance.now();
	const startedAt = new Date(ports.clock.now()).toISOString();
	const world = await openWorld(ports, options, open);
	try {
		await sweep(world);
		const rungs = await climb(world, ladder, ports.signal);
		return reportOf(world, rungs, { startedAt, durationMs: performance.now() - started, cres: options.version });
	} finally {
		await leave(world);
	}
}

function reportOf(
	{ image, role, pretended, against, facts, dependencies }: World,
	rungs: SmokeRung[],
	when: Pick<SmokeReport, "startedAt" | "durationMs" | "cres">,
): SmokeReport {
	return {
		...{ digest: image.digest, buildId: image.buildId, role, against },
		ok: rungs.every(({ status }) => status === "ok"),
		...(pretended ? { pretended } : {}),
		rungs,
		...when,
		durationMs: Math.round(when.durationMs),
		engine: facts.version,
		dependencies: { ...dependencies?.about },
	};
}

async function leave(world: World): Promise<void> {
	const { ports, keep, failed, closers } = world;
	if (!(keep && failed))
		await removeAbandoned(world, AbortSignal.timeout(REMOVAL_MS)).catch((error: unknown) =>
			ports.progress.note(`something is left, which the next cres smoke removes: ${messageOf(error)}`),
		);
	await Promise.allSettled(closers.map(async (close) => close()));
}

/** A rung whose time is over, or that Ctrl-C has ended, may have the daemon make something at this moment. */
async function removeAbandoned(world: World, signal: AbortSignal): Promise<void> {
	const late = await within(MAKING_MS, signal, () => world.made.settled()).catch((error: unknown) => error);
	await removeWhole(world, signal);
	if (late !== undefined) throw late;
}

/** What `cres smoke --dry-run` returns under --json. */
export interface SmokePlan extends Pick<SmokeReport, "digest" | "buildId" | "role" | "against"> {
	dryRun: true;
	pretended: boolean;
	/** In their order; those of one array at the same time. Milliseconds. */
	ladder: { name: string; limitMs: number }[][];
}

/** What `smoke` would do; changes nothing. @throws as smoke */
export async function planSmoke(ports: SmokePorts, options: SmokeOptions, open?: OpenEngine): Promise<SmokePlan> {
	const { image, role, pretended, against } = await openWorld(ports, options, open);
	const ladder = LADDER.map((line) => line.map(({ name, limitMs }) => ({ name, limitMs: limitMs[role] })));
	return {
		dryRun: true,
		digest: image.digest as SmokeReport["digest"],
		buildId: image.buildId,
		role,
		pretended,
		against,
		ladder,
	};
}
