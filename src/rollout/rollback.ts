import { instanceConfig } from "../instances/find.ts";
import type { RolloutPorts } from "./ports.ts";
import { readReleases, rollbackTarget } from "./release.ts";
import { changedSecrets, secretValues } from "./run-spec.ts";
import type { Rollout } from "./outcome.ts";
import { rollOut } from "./run.ts";

/**
 * Replays the recorded release `to`, or the one before the current: that digest, that run spec. Secrets have today's
 * values, for theirs were never recorded; a difference is said.
 * @throws UserError no_earlier_release, unknown_release, and what rollOut throws
 */
export async function rollBack(ports: RolloutPorts, to: string | undefined, dryRun: boolean): Promise<Rollout> {
	const { config, instance, progress } = ports;
	instanceConfig(config, instance);
	const target = rollbackTarget(await readReleases(config.root, instance), instance, to);
	const now = secretValues(config);
	const changed = changedSecrets(target.spec, now);
	if (changed.length > 0)
		progress.note(`other value than then: ${changed.join(", ")} (secret values are never recorded)`);
	const secrets = Object.fromEntries(Object.entries(now).map(([name, value]) => [name, value.fingerprint(name)]));
	const wanted = { reference: target.digest, spec: { ...target.spec, secrets } };
	return rollOut(ports, wanted, { dryRun, purpose: "rollback", replays: target.id });
}
