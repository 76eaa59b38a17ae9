import { asUserError } from "../errors/as-user-error.ts";
import { UserError, messageOf } from "../errors/errors.ts";
import { recordEntry } from "../plan/plan-file.ts";
import { keepFingerprintKey } from "../state/fingerprint-key.ts";
import { appendRelease, type Release } from "../state/releases.ts";
import { rolloutEntry } from "./entry.ts";
import type { ActiveRollout } from "./active-rollout.ts";
import type { Rollout } from "./report.ts";

/**
 * Writes the release, the docs/PLAN.md entry and the journal's end, each of them whatever becomes of the others. The
 * instance is safe by now. Returns what could not be written.
 */
export async function recordRollout(active: ActiveRollout, rollout: Rollout): Promise<UserError | undefined> {
	const { ports, run } = active;
	const { config, clock, instance } = ports;
	const { outcome } = rollout;
	const writes = [
		async () => {
			await keepFingerprintKey(config.state).catch(() => {}); // the release counts; its secrets are unknown later
			await appendRelease(config.state, releaseOf(active, rollout));
		},
		() => recordEntry(config.root, rolloutEntry(rollout, new Date(clock.now()))),
		() => run.journal.write({ event: "end", outcome: outcome === "live" ? "live" : "rolled-back" }),
	];
	const failures: unknown[] = [];
	for (const write of writes) await write().catch((error: unknown) => failures.push(error));
	const [first] = failures;
	if (first === undefined) return undefined;
	if (failures.length === 1 && first instanceof UserError) return first;
	return new UserError("unrecorded", unrecordedMessage(instance.name, rollout, failures), {
		hint: asUserError(first)?.hint ?? "make room or correct the rights, then cres status",
		cause: first,
	});
}

/** The docs/PLAN.md entry of a rollout that was stopped or could not go back; that it cannot be written is only noted. */
export async function recordStop({ ports: { config, clock }, run }: ActiveRollout, rollout: Rollout): Promise<void> {
	await recordEntry(config.root, rolloutEntry(rollout, new Date(clock.now()))).catch((error: unknown) =>
		run.note(messageOf(error)),
	);
}

const unrecordedMessage = (instance: string, { outcome, buildId }: Rollout, failures: readonly unknown[]): string =>
	[
		outcome === "live" ? `${instance} runs ${buildId}` : `${instance} is as it was before`,
		`but not all of it could be recorded: ${failures.map(messageOf).join("; ")}`,
	].join(", ");

function releaseOf({ ports, seen, run, lease, options }: ActiveRollout, rollout: Rollout): Release {
	const { next, gate } = seen;
	return {
		id: run.id,
		instance: ports.instance.name,
		at: new Date(ports.clock.now()).toISOString(),
		...{ image: next.reference, digest: next.image.digest, buildId: next.image.buildId },
		...{ generation: run.generation, spec: next.spec, specHash: next.specHash },
		outcome: rollout.outcome === "live" ? "live" : "rolled-back",
		...(options.replays === undefined ? {} : { replays: options.replays }),
		durationMs: rollout.durationMs,
		...{ by: lease.owner, fence: lease.token },
		...(gate ? { channel: gate.name } : {}),
		...(gate?.unattested ? { unattested: gate.unattested.code } : {}),
	};
}
