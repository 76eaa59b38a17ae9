import { fail, ok } from "../../checks/doctor/check.ts";
import { formatIdentity } from "../../contracts/identity.ts";
import { expectedPollers, type ExpectedPoller } from "../../contracts/queues.ts";
import { limit, type Rung } from "../rung.ts";
import { until, type Look } from "../until.ts";
import type { World } from "../world.ts";

const FIX = "the worker's log above says why; its identity and queues come from images/worker/main.ts";
const LOOK_EVERY_MS = 200;

/**
 * Workers of this very container, as this build, poll every expected queue. Nobody else knows these queues: whoever
 * polls one under another name is wrong, and no clock matters.
 */
export const queues: Rung = {
	name: "queues",
	limitMs: limit(60, 420),
	fix: FIX,
	run(world, call) {
		// As for a deploy; a gpu worker waits for its models besides.
		const usual = world.role === "cpu" ? world.ports.config.rollout.deploy_timeout : call.limitMs;
		const limitMs = Math.min(call.limitMs, usual);
		return until(world, { ...call, limitMs }, { everyMs: LOOK_EVERY_MS, fix: FIX, look: () => look(world) });
	},
};

async function look(world: World): Promise<Look> {
	const expected = expectedPollers(world.queue, world.roles);
	const seen = await Promise.all(expected.map(async (one) => ({ one, ...(await pollersOf(world, one)) })));
	const wrong = seen.flatMap(({ one, others }) => others.map((who) => `${textOf(one)} is polled by ${who}`));
	if (wrong.length > 0) return fail(`${wrong.join("; ")}; expected ${identityOf(world, expected[0]!)}`, FIX);
	const missing = seen.filter(({ own }) => !own).map(({ one }) => textOf(one));
	if (missing.length > 0) return { pending: `nobody polls ${missing.join(", ")}` };
	const { buildId } = world.image;
	return ok(`build ${buildId} polls ${expected.map(textOf).join(", ")}${world.pretended ? " (GPU pretended)" : ""}`);
}

async function pollersOf(world: World, one: ExpectedPoller): Promise<{ own: boolean; others: string[] }> {
	const { pollers } = await world.dependencies!.temporal.queueStatus(one.queue, one.type);
	const { buildId } = world.image;
	const isOwn = (poller: (typeof pollers)[number]): boolean =>
		poller.identity === identityOf(world, one) && (poller.buildId ?? buildId) === buildId;
	const others = pollers.filter((poller) => !isOwn(poller));
	return {
		own: pollers.some(isOwn),
		others: others.map(
			({ identity, buildId: build }) => `${identity}${build === undefined ? "" : ` as build ${build}`}`,
		),
	};
}

/** The identity that the worker of a role in the smoked container polls with. */
export const identityOf = (
	{ name: instance, image: { buildId }, app }: World,
	{ role }: Pick<ExpectedPoller, "role">,
): string => formatIdentity({ role, instance, buildId, container: app! });

const textOf = ({ queue, type }: ExpectedPoller): string => `@${queue.split("@")[1]} (${type})`;
