import type { Config } from "../config/config.ts";
import { expectedPollers, parseTaskQueue, ROLES, type ExpectedPoller } from "../contracts/queues.ts";
import { UserError } from "../errors/errors.ts";

/**
 * The pollers that should be there: of the named queues, else of the roles that any configured instance plays.
 * @throws UserError queue_name (usage) for a name without @cpu or @gpu
 */
export function wantedPollers(
	config: Pick<Config, "queue" | "instances">,
	queues: readonly string[],
): ExpectedPoller[] {
	if (queues.length > 0) return queues.flatMap(pollersOf);
	const played = ROLES.filter((role) => Object.values(config.instances).some(({ roles }) => roles.includes(role)));
	return expectedPollers(config.queue, played.length > 0 ? played : ["cpu"]);
}

function pollersOf(name: string): ExpectedPoller[] {
	const queue = parseTaskQueue(name);
	if (queue) return expectedPollers(queue.base, [queue.role]);
	throw new UserError("queue_name", `${name} is not a cres task queue: names end in @cpu or @gpu`, {
		hint: `cres pollers ${name.replace(/@.*$/, "")}@cpu`,
	});
}
