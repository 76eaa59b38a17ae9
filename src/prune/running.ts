import { UserError } from "../errors/errors.ts";
import { gathered } from "../errors/gathered.ts";
import { buildTag } from "../registry/image-reference.ts";
import { leaseHeld } from "../state/lease-errors.ts";
import { expectedPollers } from "../contracts/queues.ts";
import type { Instance } from "../instances/instance.ts";
import { observePollers } from "../temporal/pollers.ts";
import type { Needs } from "./needs.ts";
import type { PrunePorts } from "./ports.ts";

/**
 * Asks every instance of cres.yaml what it runs. One that does not answer, or is changed just now, stops the prune.
 * @throws UserError with every failure together
 */
export async function addRunning(needs: Needs, ports: PrunePorts): Promise<void> {
	const names = Object.keys(ports.config.instances);
	const seen = await gathered(names.map((name) => digestOn(ports, name)));
	for (const [at, digest] of seen.entries()) needs.add(digest, `runs on ${names[at]}`);
}

async function digestOn(ports: PrunePorts, name: string): Promise<string | undefined> {
	const { config, clock } = ports;
	const instance = await ports.open(name);
	const { container, holder } = await instance.running(() => pollsOf(ports, instance));
	if (holder) throw leaseHeld(name, holder, clock.now());
	if (!container) return undefined; // what it would start again is its last release
	if (container.digest !== "") return container.digest;
	const registry = await ports.registry();
	const found = container.buildId && (await registry.resolve(config.image.repository, buildTag(container.buildId)));
	if (found) return found.digest;
	throw new UserError(
		"unknown_running",
		`${name} runs an image that is in no record (build ${container.buildId || "unknown"})`,
		{
			hint: `cres status ${name}; deploy a release there, then prune`,
		},
	);
}

async function pollsOf({ temporal, config, clock }: PrunePorts, { settings }: Instance) {
	return (await observePollers(await temporal(), expectedPollers(config.queue, settings.roles), clock)).rows;
}
