import { secretValues } from "../config/config.ts";
import { fingerprintKey } from "../state/fingerprint-key.ts";
import { readReleases } from "../state/releases.ts";
import { deploy } from "./deploy.ts";
import type { RolloutPorts } from "./ports.ts";
import type { Rollout } from "./report.ts";
import { rollbackTarget } from "./rollback-target.ts";
import { changedSecrets, fingerprintsOf } from "./run-spec.ts";

/**
 * Replays the recorded release `to`, or the one before the current: that digest, that run spec. Secrets have today's
 * values, for theirs were never recorded; a difference is said.
 * @throws UserError no_earlier_release, unknown_release, and what deploy throws
 */
export async function rollBack(ports: RolloutPorts, to: string | undefined, dryRun: boolean): Promise<Rollout> {
	const { config, instance, progress } = ports;
	const target = rollbackTarget(await readReleases(config.state, instance.name), instance.name, to);
	const now = secretValues(config);
	const secrets = fingerprintsOf(now, await fingerprintKey(config.state));
	const { changed, unknown } = changedSecrets(target.spec, secrets);
	if (unknown.length > 0)
		progress.note(`${unknown.join(", ")}: unknown whether changed since that release; today's values are used`);
	if (changed.length > 0)
		progress.note(
			`${changed.join(", ")} ${changed.length > 1 ? "have" : "has"} changed since that release; the current ${changed.length > 1 ? "values are" : "value is"} used`,
		);
	const wanted = { reference: target.digest, spec: { ...target.spec, secrets } };
	return deploy(ports, wanted, { dryRun, purpose: "rollback", replays: target.id });
}
