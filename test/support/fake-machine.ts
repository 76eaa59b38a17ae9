import { createHash, randomUUID } from "node:crypto";
import { formatIdentity } from "../../src/contracts/identity.ts";
import { taskQueue, type Role } from "../../src/contracts/queues.ts";
import type { InstanceLease, LeaseHolder } from "../../src/instances/lease.ts";
import { mayRun } from "../../src/state/claim.ts";
import { leaseHeld, leaseLost } from "../../src/state/lease-errors.ts";
import type { RunSpec } from "../../src/state/releases.ts";
import type { Clock } from "../../src/system/clock.ts";
import type { Temporal } from "../../src/temporal/temporal.ts";
import type { Defect } from "./rollouts/world.ts";
import { temporalSeeing } from "./fake-temporal.ts";

/** A container that a rollout made. */
export interface FakeContainer {
	/** 64 hex digits. */
	id: string;
	buildId: string;
	digest: string;
	/** Environment, roles and fingerprints that it was made with. */
	spec: RunSpec;
	specHash: string;
	generation: number;
	/** Id of the rollout that made it, and its fencing token. */
	rollout: string;
	fence: number;
	/** Milliseconds since the epoch. */
	startedAt: number;
	running: boolean;
	restarts: number;
}

/** The machine behind an instance: the same for every control host. */
export interface FakeMachine {
	readonly name: string;
	gpu: boolean;
	freeBytes: number;
	/** References of the images that it has pulled. */
	images: Set<string>;
	/** The oldest first. */
	containers: FakeContainer[];
	/** What is wrong with the containers of a build, by build id. */
	defects: Map<string, Defect>;
	/** The lease as it stands on the machine. */
	register: { token: number; holder: LeaseHolder | undefined; renewedAt: number };
	/** Why nobody gets through to it; undefined while it can be reached. */
	unreachable: Error | undefined;
}

export const fakeMachine = (name: string): FakeMachine => ({
	...{ name, gpu: false, freeBytes: 100e9, images: new Set(), containers: [], defects: new Map() },
	register: { token: 0, holder: undefined, renewedAt: 0 },
	unreachable: undefined,
});

export type Made = Pick<FakeContainer, "buildId" | "digest" | "spec" | "specHash" | "generation">;

/** Makes a container and starts it. */
export function makeContainer(
	machine: FakeMachine,
	made: Made,
	by: Pick<FakeContainer, "rollout" | "fence">,
	now: number,
): FakeContainer {
	const id = createHash("sha256").update(randomUUID()).digest("hex");
	const container = { id, ...made, ...by, startedAt: now, running: false, restarts: 0 };
	machine.containers.push(container);
	startContainer(machine, container, now);
	return container;
}

/** Starts it, as far as its build has no defect. */
export function startContainer(machine: FakeMachine, container: FakeContainer, now: number): void {
	const defect = machine.defects.get(container.buildId);
	if (!container.running) container.startedAt = now;
	container.running = defect !== "dies";
	if (defect === "restarts") container.restarts += 1;
}

export const identityOf = (machine: string, { buildId, id }: FakeContainer, role: Role): string =>
	formatIdentity({ role, instance: machine, buildId, container: id });

const TTL_MS = 90_000;

/** The lease in the machine's own register. */
export function registerLease(machine: FakeMachine, clock: Pick<Clock, "now">): InstanceLease {
	const { name, register } = machine;
	const assertReachable = () => {
		if (machine.unreachable) throw machine.unreachable;
	};
	const living = (): LeaseHolder | undefined => {
		assertReachable();
		const { holder, renewedAt } = register;
		return holder && clock.now() - renewedAt < TTL_MS && mayRun(holder) ? holder : undefined;
	};
	return {
		holder: async () => living(),
		async take(claim) {
			const holder = living();
			if (holder) throw leaseHeld(name, holder, clock.now());
			const mine = { ...claim, token: ++register.token, nonce: randomUUID() };
			Object.assign(register, { holder: mine, renewedAt: clock.now() });
			const assertMine = async () => {
				assertReachable();
				if (register.holder?.nonce !== mine.nonce) throw leaseLost(name, register.holder);
			};
			return {
				token: mine.token,
				ttlMs: TTL_MS,
				freshMs: 2_000,
				assertHeld: assertMine,
				renew: async () => {
					await assertMine();
					register.renewedAt = clock.now();
				},
				release: async () => {
					await assertMine();
					register.holder = undefined;
				},
			};
		},
		async break() {
			const { holder } = register;
			register.holder = undefined;
			return holder;
		},
	};
}

/** A Temporal that sees whatever worker runs in the containers of these machines. */
export function temporalOf(machines: Iterable<FakeMachine>, base: string, clock: Pick<Clock, "now">): Temporal {
	const workers = [...machines];
	return temporalSeeing((queue) =>
		workers.flatMap((machine) =>
			machine.containers
				.filter(({ running, buildId }) => running && machine.defects.get(buildId) !== "never-polls")
				.flatMap((container) =>
					container.spec.roles
						.filter((role) => taskQueue(base, role) === queue)
						.map((role) => ({
							identity: identityOf(machine.name, container, role),
							...{ buildId: container.buildId, lastSeenMs: clock.now() },
						})),
				),
		),
	);
}
