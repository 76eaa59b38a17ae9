import { formatIdentity } from "../../src/contracts/identity.ts";
import { parseTaskQueue, taskQueue, type Role } from "../../src/contracts/queues.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { Poller } from "../../src/temporal/replies.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";
import type { FakeContainer, FakeDaemon } from "./fake-daemon.ts";

const none = () => Promise.reject(new Error("no jobs here"));

/** A Temporal without jobs, where `polls` says who polls a queue. */
export const temporalSeeing = (polls: (queue: string) => Poller[] | Promise<Poller[]>): Temporal => ({
	...{ address: "temporal.test:7233", namespace: "default" },
	queueStatus: async (queue) => ({ pollers: await polls(queue), backlog: { count: 0, ageMs: 0 } }),
	heartbeats: async () => [],
	prepareNamespace: async () => false,
	namespaceExists: async () => true,
	...{ startJob: none, jobState: none, jobEnd: none, listJobs: none },
	...{ findJob: none, cancelJob: none, deleteJob: none },
	close: async () => {},
});

/** A Temporal that sees the workers of a daemon's running containers poll. */
export class FakeTemporal {
	/** False: it does not answer. */
	reachable = true;
	/** Polls of workers elsewhere, on every queue. */
	others: Poller[] = [];
	readonly #daemon: FakeDaemon;

	constructor(daemon: FakeDaemon) {
		this.#daemon = daemon;
	}

	client(): Temporal {
		return temporalSeeing((queue) => {
			this.#assertReachable();
			return [...this.#polls(queue), ...this.others];
		});
	}

	#assertReachable(): void {
		if (this.reachable) return;
		throw new UserError("temporal_unreachable", "Temporal at temporal.test:7233 does not answer", { hint: "start it" });
	}

	#polls(queue: string): Poller[] {
		const role = parseTaskQueue(queue)!.role;
		const lastSeenMs = this.#daemon.clock.now();
		return this.#daemon.containers
			.filter((one) => this.#daemon.stateOf(one).state === "running" && pollsAs(one, role) === queue)
			.map(({ id, env, buildId }) => {
				const instance = env["WORKER_INSTANCE_NAME"] ?? "";
				return { identity: formatIdentity({ role, instance, buildId, container: id }), buildId, lastSeenMs };
			});
	}
}

/** Queue that the container's worker of that role polls, if it has one. */
function pollsAs({ behaviour, env }: FakeContainer, role: Role): string | undefined {
	const mode = env["WORKER_MODE"];
	if (behaviour.polls === false || (mode !== role && mode !== "both")) return undefined;
	return taskQueue(behaviour.queue ?? env["BASE_TASK_QUEUE"] ?? "", role);
}
