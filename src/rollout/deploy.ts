import { beginRun, commit, execute } from "./execute.ts";
import { takeLease } from "./lease.ts";
import { observe, resolveImage } from "./observe.ts";
import { purposeOf, type DeployOptions } from "./options.ts";
import type { RolloutPorts } from "./ports.ts";
import { preflight } from "./preflight.ts";
import { reporterOf, type Rollout } from "./report.ts";
import { revert } from "./revert.ts";
import type { WantedRelease } from "./wanted.ts";

/**
 * Brings the instance to the wanted release, verifies it by its pollers, and writes the records; or goes back. A rollout
 * that was interrupted at any point goes on by this same call: what is there is observed, and planned from, again.
 * @throws UserError when nothing was changed, when it was interrupted, or when going back failed
 */
export async function deploy(ports: RolloutPorts, wanted: WantedRelease, options: DeployOptions): Promise<Rollout> {
	const started = ports.clock.now();
	const image = resolveImage(ports, wanted.reference);
	await using seen = await preflight(ports, wanted, image, observe(ports, image, options));
	const report = reporterOf(ports, seen, options, started);
	if (seen.settled) return report.unchanged();
	if (options.dryRun) return report.planned();
	await using lease = await takeLease(ports, purposeOf(options), () => seen.observation.assertUnchanged());
	await using active = await beginRun(ports, seen, lease, options);
	const failure = await execute(active, seen.outlook.plan).then(nothing, (error: unknown) =>
		revert(active, report, error),
	);
	return await commit(active, report, failure); // under the lease, which would else be given back first
}

const nothing = () => undefined;
