import { runChecks } from "../checks/doctor/run.ts";
import type { SmokeRung } from "../contracts/smoke.ts";
import { diagnose } from "./diagnose.ts";
import type { Rung } from "./rung.ts";
import type { World } from "./world.ts";
import { redact } from "../secrets/secret.ts";

/** Bounds of the report. */
const OBSERVED = 4_000;
const FIX = 1_000;

/**
 * Climbs the ladder: where a rung fails, those above it are skipped, but for those that are always climbed. The first one
 * that failed says the cause first: dependencies, then the network, then itself and the end of the container's log.
 * @throws the reason of `signal`
 */
export async function climb(
	world: World,
	ladder: readonly (readonly Rung[])[],
	signal: AbortSignal,
): Promise<SmokeRung[]> {
	const done: SmokeRung[] = [];
	for (const line of ladder) {
		const climbed = await climbLine(world, line, signal);
		const failed = climbed.find(({ status }) => status === "fail");
		if (failed && !world.failed) {
			world.failed = true;
			const { below, app } = await diagnose(world, signal);
			const news = below.filter((line) => !failed.observed.includes(line.replace(/^dependency: /, "")));
			failed.observed = [...news, failed.observed, ...app].join("\n");
		}
		done.push(...climbed.map((one) => ({ ...one, observed: redact(one.observed).slice(0, OBSERVED) })));
	}
	return done;
}

async function climbLine(world: World, line: readonly Rung[], signal: AbortSignal): Promise<SmokeRung[]> {
	const skipped = new Map(line.map((rung) => [rung, reasonToSkip(world, rung)]));
	const names = line.filter((rung) => skipped.get(rung) === undefined).map(({ name }) => name);
	const all = (report: (text: string) => void) =>
		Promise.all(
			line.map(async (rung) => {
				const observed = skipped.get(rung);
				if (observed === undefined) return climbRung(world, rung, signal, report);
				return { name: rung.name, status: "skipped" as const, observed, ms: 0 };
			}),
		);
	if (names.length === 0) return all(() => {});
	let climbed: SmokeRung[] = [];
	await world.ports.progress
		.step(names.join(", "), async (report) => {
			climbed = await all(report);
			const failed = climbed.filter(({ status }) => status === "fail").map(({ name }) => name);
			if (failed.length > 0) throw new Error(`${failed.join(", ")} failed`); // so that it does not look as done
		})
		.catch((error: unknown) => {
			if (climbed.length === 0) throw error;
		});
	return climbed;
}

const reasonToSkip = (world: World, rung: Rung): string | undefined =>
	rung.skip?.(world) ?? (world.failed && !rung.always ? "a rung below it failed" : undefined);

async function climbRung(
	world: World,
	rung: Rung,
	signal: AbortSignal,
	report: (text: string) => void,
): Promise<SmokeRung> {
	const { name, fix } = rung;
	const limitMs = rung.limitMs[world.role];
	const started = performance.now();
	let last = "";
	const told = (text: string): void => report((last = text));
	const run = (ended: AbortSignal) => rung.run(world, { signal: ended, limitMs, report: told });
	const { checks } = await runChecks([{ name, fix, run }], { signal, timeoutMs: limitMs, concurrency: 1 });
	const [found] = checks;
	const ms = Math.round(performance.now() - started);
	if (found!.status === "ok") return { name, status: "ok", observed: found!.observed, ms };
	// Where the time ended a rung that was waiting, what it waited for is the cause.
	const waited = ms >= limitMs && last !== "" && !found!.observed.includes(last) ? `; at last: ${last}` : "";
	return { name, status: "fail", observed: `${found!.observed}${waited}`, fix: redact(found!.fix).slice(0, FIX), ms };
}
