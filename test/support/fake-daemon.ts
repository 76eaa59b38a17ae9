import { createHash } from "node:crypto";
import type {
	ContainerSpec,
	ContainerState,
	StoredImage,
	VolumeState,
} from "../../src/instances/docker/container-host.ts";
import type { Clock } from "../../src/system/clock.ts";
import { digestOfBuild } from "./fake-registry.ts";

/** How the containers of a build behave once they run. */
export interface Behaviour {
	/** False: its worker polls nothing. */
	polls?: boolean;
	/** Base queue that it polls, whatever it was told. */
	queue?: string;
	/** Ends so many milliseconds after each start. */
	endsAfterMs?: number;
	/** The daemon starts it again each time it ends. */
	restarts?: boolean;
	/** It ends at each start, and the daemon waits before the next one. */
	backsOff?: boolean;
	exitCode?: number;
	/** Its worker ends so many milliseconds after each start, and is started again by its process owner. */
	workerEndsEachMs?: number;
	log?: readonly string[];
	/** What HEALTH_PROGRAM leaves; well unless told. */
	health?: { exitCode: number; stdout: string };
}

export interface FakeContainer {
	id: string;
	spec: ContainerSpec;
	/** With the values of secrets. */
	env: Record<string, string>;
	buildId: string;
	behaviour: Behaviour;
	/** Undefined until it is started; milliseconds since the epoch, by the clock of the daemon's host. */
	startedAt: number | undefined;
	stopped: boolean;
	/** What the daemon counted since the start, beside what the behaviour makes. */
	restarts: number;
}

/** State of a Docker daemon, and the host that it runs on. Tests read it and change it. */
export class FakeDaemon {
	readonly clock: Clock;
	/** How far the host's clock is ahead of the control hosts', in milliseconds. */
	aheadMs = 0;
	platform = "linux/amd64";
	gpu = false;
	driverless = false;
	/** Undefined: it does not tell. */
	freeBytes: number | undefined = 50e9;
	containers: FakeContainer[] = [];
	images = new Map<string, StoredImage>();
	volumes = new Map<string, VolumeState>();
	/** Build ids that can be pulled. */
	readonly builds: Set<string>;
	behaviours = new Map<string, Behaviour>();
	/** What was done to containers and images, in order. */
	changes: string[] = [];
	/** False: nobody gets a connection. */
	reachable = true;
	/** Connections that were opened. */
	opened = 0;
	closed = 0;
	/** Held up before and after each call. */
	pace: () => Promise<void> = async () => {};
	readonly #acts: { call: string; act: () => unknown }[] = [];
	#made = 0;
	#generation = 0;

	constructor(clock: Clock, builds: Set<string>) {
		this.clock = clock;
		this.builds = builds;
	}

	now(): number {
		return this.clock.now() + this.aheadMs;
	}

	/** Does something once, right before the next such call; what it throws is the daemon's answer. */
	at(call: string, act: () => unknown): void {
		this.#acts.push({ call, act });
	}

	async reach(call: string): Promise<void> {
		const index = this.#acts.findIndex((one) => one.call === call);
		if (index >= 0) await this.#acts.splice(index, 1)[0]!.act();
	}

	/** Cuts every connection that is open. */
	lose(): void {
		this.#generation++;
	}

	get generation(): number {
		return this.#generation;
	}

	create(spec: ContainerSpec): FakeContainer {
		const secrets = Object.entries(spec.secrets).map(([name, value]) => [name, value.reveal()]);
		const buildId = [...this.builds].find((id) => spec.image.endsWith(`@${digestOfBuild(id)}`)) ?? "";
		const container: FakeContainer = {
			id: createHash("sha256")
				.update(`container ${++this.#made}`)
				.digest("hex"),
			spec,
			env: { ...spec.env, ...Object.fromEntries(secrets) },
			buildId,
			behaviour: this.behaviours.get(buildId) ?? {},
			...{ startedAt: undefined, stopped: false, restarts: 0 },
		};
		this.containers.push(container);
		return container;
	}

	find(id: string): FakeContainer | undefined {
		return this.containers.find((one) => one.id === id);
	}

	named(name: string): FakeContainer | undefined {
		return this.containers.find(({ spec }) => spec.name === name);
	}

	/** Names of those that run. */
	running(): string[] {
		return this.containers.filter((one) => this.stateOf(one).state === "running").map(({ spec }) => spec.name);
	}

	/** What its process owner says of its worker. */
	workerOf({ startedAt, behaviour: { workerEndsEachMs: each } }: FakeContainer): string {
		if (each === undefined) return "worker=RUNNING\nworker_pid=100\n";
		const life = Math.floor((this.now() - (startedAt ?? 0)) / each);
		return life % 2 === 0 ? `worker=STARTING\nworker_pid=${100 + life}\n` : "worker=BACKOFF\nworker_pid=\n";
	}

	stateOf({ id, spec, startedAt, stopped, restarts, behaviour }: FakeContainer): ContainerState {
		const common = { id, name: spec.name, labels: spec.labels, startedAt: startedAt ?? 0, address: null };
		if (startedAt === undefined) return { ...common, state: "created", restarts, exitCode: 0 };
		const { endsAfterMs = Infinity, exitCode = 1 } = behaviour;
		const ended = Math.floor((this.now() - startedAt) / endsAfterMs);
		if (stopped) return { ...common, state: "exited", restarts, exitCode: 143 };
		if (behaviour.backsOff) return { ...common, state: "restarting", restarts: restarts + 3, exitCode };
		if (ended > 0 && !behaviour.restarts) return { ...common, state: "exited", restarts, exitCode };
		return { ...common, state: "running", restarts: restarts + ended, exitCode: ended > 0 ? exitCode : 0 };
	}
}
