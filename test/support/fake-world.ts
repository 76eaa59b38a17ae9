import { fakeInstance } from "./fake-instance.ts";
import { fakeMachine, temporalOf, type FakeMachine } from "./fake-machine.ts";
import { fakeRegistry, type FakeImage } from "./fake-registry.ts";
import { testClock, type TestClock } from "./rollouts/test-clock.ts";
import type { RolloutWorld } from "./rollouts/world.ts";

/** A world without any process: what every control host sees is these machines. */
export interface FakeWorld extends RolloutWorld {
	clock: TestClock;
	machine(name: string): FakeMachine;
	/** What the registry holds. */
	images: FakeImage[];
}

const ADDRESS = "registry.test:5000";
const QUEUE = "jobs";
const BUILDS = { first: "111111111111", second: "222222222222", third: "333333333333" };

/** @param roles of every instance */
export async function makeFakeWorld(
	names: readonly string[] = ["api", "worker-2", "worker-3", "worker-4", "worker-5"],
	roles: readonly string[] = ["cpu"],
): Promise<FakeWorld> {
	const clock = testClock();
	const machines = new Map(names.map((name) => [name, fakeMachine(name)]));
	const machine = (name: string) => machines.get(name)!;
	const images: FakeImage[] = Object.values(BUILDS).map((buildId) => ({ buildId, flavour: "cpu" }));
	const settings = { driver: "docker", host: "host.test", key: "id", roles };
	return {
		...{ clock, machine, images, builds: BUILDS },
		registry: fakeRegistry(ADDRESS, images),
		temporal: temporalOf(machines.values(), QUEUE, clock),
		settings: {
			project: "suite",
			image: { repository: "cres/worker" },
			registry: { push: { address: ADDRESS } },
			temporal: { address: "temporal.test:7233" },
			store: { endpoint: "store.test:9000" },
			queue: QUEUE,
			rollout: { deploy_timeout: "2s", watch: "1s" },
			instances: Object.fromEntries(names.map((name) => [name, settings])),
		},
		open: (ports, name) => fakeInstance(machine(name), ports, ports.config.instances[name]!),
		running: async (name) =>
			machine(name)
				.containers.filter((one) => one.running)
				.map(({ buildId }) => buildId),
		spoil(buildId, defect) {
			for (const { defects } of machines.values())
				if (defect) defects.set(buildId, defect);
				else defects.delete(buildId);
		},
		close: async () => {},
	};
}
