import { expectedPollers } from "../../src/contracts/queues.ts";
import type { InstanceConfig } from "../../src/config/schema.ts";
import { UserError } from "../../src/errors/errors.ts";
import { assertSame } from "../../src/instances/changed.ts";
import type {
	Execution,
	Instance,
	Known,
	LifecycleAction,
	LifecycleCall,
	LifecycleChange,
	Look,
	Observation,
	Outlook,
	Running,
} from "../../src/instances/instance.ts";
import { nothingDeployed } from "../../src/instances/nothing-deployed.ts";
import type { InstancePorts } from "../../src/instances/ports.ts";
import type { ReleaseImage } from "../../src/registry/release-image.ts";
import type { RolloutRun } from "../../src/rollout/rollout-run.ts";
import type { Step } from "../../src/rollout/step.ts";
import type { NextRelease } from "../../src/rollout/wanted.ts";
import { currentRelease } from "../../src/state/releases.ts";
import { servesAll, type PollerRow } from "../../src/temporal/pollers.ts";
import { untilPolling } from "../../src/temporal/until-polling.ts";
import {
	identityOf,
	makeContainer,
	registerLease,
	startContainer,
	type FakeContainer,
	type FakeMachine,
	type Made,
} from "./fake-machine.ts";

interface FakePorts extends InstancePorts {
	machine: FakeMachine;
	settings: InstanceConfig;
}

/** The smallest driver: containers are entries of a list that every control host shares. */
export function fakeInstance(machine: FakeMachine, common: InstancePorts, settings: InstanceConfig): Instance {
	const ports: FakePorts = { ...common, machine, settings };
	const none = () => Promise.reject(new Error("a rollout does not ask this"));
	return {
		...{ name: machine.name, settings },
		...{
			endpoint: none,
			sshTarget: none,
			connect: none,
			exec: none,
			environment: none,
			attach: none,
			ports: none,
			portHost: none,
		},
		async *logs() {},
		running: async () => running(ports),
		changeLife: (action, call) => changeLife(ports, action, call),
		lease: registerLease(machine, common.clock),
		roll: { observe: (look) => observe(ports, look) },
		checks: () => [],
		close: () => {},
	};
}

async function running(ports: FakePorts): Promise<Running> {
	const { machine } = ports;
	assertReachable(machine);
	const alive = machine.containers.filter((one) => one.running);
	const newest = alive.at(-1);
	return {
		container: newest
			? {
					...{ digest: newest.digest, buildId: newest.buildId, specHash: newest.specHash },
					...{ since: new Date(newest.startedAt).toISOString(), restarts: newest.restarts },
					owns: ({ identity, role }) => identity === identityOf(machine.name, newest, role),
				}
			: null,
		...{ count: alive.length, gpu: machine.gpu, generation: machine.containers.at(-1)?.generation ?? null },
		stopped: newest ? null : stopped(machine),
		holder: await registerLease(machine, ports.clock).holder(),
	};
}

const stopped = ({ name, containers }: FakeMachine) =>
	containers.length > 0
		? { detail: "its container is stopped", fix: `cres start ${name}` }
		: { detail: "no container runs", fix: `cres deploy ${name}` };

function assertReachable({ unreachable }: FakeMachine): void {
	if (unreachable) throw unreachable;
}

/** What was read of the machine, as it was then. */
interface Sight {
	image: ReleaseImage;
	containers: FakeContainer[];
}

async function observe(ports: FakePorts, look: Look): Promise<Observation> {
	const { machine, config } = ports;
	look.dialled();
	assertReachable(machine);
	const image = await look.image;
	const sight: Sight = { image, containers: machine.containers.map((one) => ({ ...one })) };
	const idsOf = (containers: readonly FakeContainer[]) => containers.map(({ id }) => id).join();
	return {
		gpu: machine.gpu,
		reference: `${config.registry.push.address}/${image.repository}@${image.digest}`,
		weigh: (next, known) => weigh(ports, sight, next, known),
		unfit: async () => unfit(machine, image),
		assertUnchanged: async () => assertSame(machine.name, idsOf(sight.containers), idsOf(machine.containers)),
		begin: (run, next, known) => executionOf(ports, { sight, run, next, known }),
		close: () => {},
	};
}

const unfit = ({ name, freeBytes }: FakeMachine, { compressedBytes }: ReleaseImage): UserError[] =>
	freeBytes < compressedBytes ? [new UserError("disk_full", `the disk of ${name} is too small`)] : [];

function weigh({ machine, settings, config }: FakePorts, sight: Sight, next: NextRelease, known: Known): Outlook {
	const { containers } = sight;
	const old = oldOf(sight, known);
	const { digest } = next.image;
	const [only] = containers;
	const serves =
		only !== undefined &&
		containers.length === 1 &&
		only.running &&
		only.digest === digest &&
		only.specHash === next.specHash &&
		servesAll(
			expectedPollers(config.queue, settings.roles),
			(role) => identityOf(machine.name, only, role),
			known.polls,
		);
	const newest = Math.max(0, ...containers.map((one) => one.generation));
	const generation = serves ? newest : newest + 1;
	return {
		previous: old && { digest: old.digest, buildId: old.buildId },
		...{ serves, generation },
		plan: planOf(containers, next, generation),
	};
}

/** The running container of the release on record, else the newest that runs. */
function oldOf({ containers }: Sight, { releases }: Known): FakeContainer | undefined {
	const alive = containers.filter((one) => one.running);
	const id = currentRelease(releases)?.id;
	return alive.find(({ rollout }) => rollout === id) ?? alive.at(-1);
}

type FakeStep = Step &
	(
		| { kind: "pull" | "prune"; reference: string }
		| { kind: "start"; made: Made }
		| { kind: "await-pollers" | "watch" }
		| { kind: "drain" | "remove"; ids: string[] }
	);

function planOf(containers: readonly FakeContainer[], next: NextRelease, generation: number): FakeStep[] {
	const { image, reference, spec, specHash } = next;
	const made = { buildId: image.buildId, digest: image.digest, spec, specHash, generation };
	const ids = containers.map(({ id }) => id);
	const away: FakeStep[] = [
		{ kind: "drain", title: "drain the old container", phase: "swap", ids },
		{ kind: "remove", title: "remove the old container", phase: "cleanup", ids },
	];
	return [
		{ kind: "pull", title: `pull ${image.buildId}`, phase: "prepare", reference },
		{ kind: "start", title: `start ${image.buildId}`, phase: "swap", made },
		{ kind: "await-pollers", title: "wait for its polls", phase: "prove" },
		{ kind: "watch", title: "watch it", phase: "prove" },
		...(ids.length > 0 ? away : []),
		{ kind: "prune", title: "remove other images", phase: "cleanup", reference },
	];
}

interface FakeRollout {
	sight: Sight;
	run: RolloutRun;
	next: NextRelease;
	known: Known;
	fresh?: FakeContainer;
}

function executionOf(ports: FakePorts, own: FakeRollout): Execution {
	let touched = false;
	return {
		async perform(step, call) {
			assertReachable(ports.machine);
			touched ||= step.phase !== "prepare";
			await perform(ports, own, step as FakeStep, call);
		},
		touched: () => touched,
		revert: (report) => revert(ports, own, report),
		close: () => {},
	};
}

type Call = { signal: AbortSignal; report(text: string): void };

async function perform(ports: FakePorts, own: FakeRollout, step: FakeStep, call: Call): Promise<void> {
	const { machine, clock } = ports;
	const { run } = own;
	switch (step.kind) {
		case "pull":
			return void machine.images.add(step.reference);
		case "start":
			run.generation = step.made.generation;
			own.fresh = makeContainer(machine, step.made, { rollout: run.id, fence: run.token }, clock.now());
			return;
		case "await-pollers":
			run.pollers = await polls(ports, own.fresh!, call);
			return;
		case "watch":
			await clock.sleep(ports.config.rollout.watch, call.signal);
			assertAlive(machine, own.fresh!);
			return void run.facts.push("health: ok");
		case "drain":
			for (const one of machine.containers) if (step.ids.includes(one.id)) one.running = false;
			return;
		case "remove":
			machine.containers = machine.containers.filter(({ id }) => !step.ids.includes(id));
			return;
		case "prune":
			machine.images = new Set([step.reference]);
	}
}

function assertAlive({ name, defects }: FakeMachine, { buildId, restarts, running: alive }: FakeContainer): void {
	if (alive && (restarts === 0 || defects.get(buildId) !== "restarts")) return;
	throw new UserError("container_died", `the container of ${buildId} on ${name} ended`, { hint: `cres logs ${name}` });
}

async function polls(ports: FakePorts, container: FakeContainer, call: Call): Promise<PollerRow[]> {
	const { machine, settings, config, clock } = ports;
	const worker = {
		expected: expectedPollers(config.queue, settings.roles),
		identity: (role: "cpu" | "gpu") => identityOf(machine.name, container, role),
		assertAlive: async () => {
			if (!container.running) assertAlive(machine, container);
		},
		lookEveryMs: 100,
	};
	const temporal = await ports.temporal();
	return untilPolling(worker, { ...call, temporal, clock, timeoutMs: config.rollout.deploy_timeout });
}

async function revert(ports: FakePorts, own: FakeRollout, report: (text: string) => void): Promise<PollerRow[]> {
	const { machine, clock } = ports;
	assertReachable(machine);
	const { run, sight, known } = own;
	const made = machine.containers.filter(({ rollout }) => rollout === run.id);
	if (made.length > 0) run.log = [{ at: null, program: null, text: "last words of the worker" }];
	machine.containers = machine.containers.filter((one) => !made.includes(one));
	const old = oldOf(sight, known);
	const there = machine.containers.find(({ id }) => id === old?.id);
	if (!there) return [];
	startContainer(machine, there, clock.now());
	return polls(ports, there, { signal: new AbortController().signal, report });
}

async function changeLife(ports: FakePorts, action: LifecycleAction, call: LifecycleCall): Promise<LifecycleChange> {
	const { machine, clock } = ports;
	const container = machine.containers.at(-1);
	if (!container) throw nothingDeployed(machine.name);
	await call.begin();
	const before = container.running;
	const { buildId } = container;
	if (action !== "start") container.running = false;
	if (action === "stop") return { changed: before, buildId, running: false, pollers: [] };
	const pollers = await call.progress.step(`start ${buildId}`, async (report) => {
		startContainer(machine, container, clock.now());
		return polls(ports, container, { signal: call.signal, report });
	});
	return { changed: action === "restart" || !before, buildId, running: true, pollers };
}
