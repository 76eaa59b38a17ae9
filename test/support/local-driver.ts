import Docker from "dockerode";
import { secretValues } from "../../src/config/config.ts";
import type { InstanceConfig } from "../../src/config/schema.ts";
import { formatIdentity } from "../../src/contracts/identity.ts";
import { LABEL } from "../../src/contracts/labels.ts";
import { ROLES, expectedPollers, type Role } from "../../src/contracts/queues.ts";
import { UserError } from "../../src/errors/errors.ts";
import { assertSame } from "../../src/instances/changed.ts";
import type { Execution, Instance, Observation, RunningContainer } from "../../src/instances/instance.ts";
import { nothingDeployed, nothingRuns } from "../../src/instances/nothing-deployed.ts";
import type { InstancePorts } from "../../src/instances/ports.ts";
import type { RolloutRun } from "../../src/rollout/rollout-run.ts";
import type { NextRelease } from "../../src/rollout/wanted.ts";
import { servesAll } from "../../src/temporal/pollers.ts";
import { untilPolling } from "../../src/temporal/until-polling.ts";
import { ignore, pull, volumeOf } from "./local-daemon.ts";

type Container = Docker.ContainerInspectInfo;
const label = (container: Container, name: keyof typeof LABEL): string => container.Config.Labels[LABEL[name]] ?? "";
const identityOf = (container: Container, role: Role): string =>
	formatIdentity({
		role,
		instance: label(container, "instance"),
		buildId: label(container, "buildId"),
		container: container.Id,
	});
const noSsh = () => Promise.reject(new UserError("not_rented", "a container of this machine has no sshd"));

/** A container on the Docker daemon at `socketPath` of this machine: the least that a driver has to be. */
export function localInstance(
	ports: InstancePorts,
	name: string,
	settings: InstanceConfig,
	socketPath: string,
): Instance {
	const { config, clock } = ports;
	const docker = new Docker({ socketPath });
	const own = { [LABEL.project]: config.project, [LABEL.instance]: name };
	const filters = { label: Object.entries(own).map(([key, value]) => `${key}=${value}`) };
	const expected = expectedPollers(config.queue, settings.roles);

	/** Running ones first, the newest first. */
	const containers = async (): Promise<Container[]> => {
		const listed = await docker.listContainers({ all: true, filters });
		const found = await Promise.all(listed.map(({ Id }) => docker.getContainer(Id).inspect()));
		return found.toSorted(
			(a, b) => Number(b.State.Running) - Number(a.State.Running) || (a.Created < b.Created ? 1 : -1),
		);
	};
	const newest = async (): Promise<Container> => {
		const [container] = await containers();
		if (container) return container;
		throw nothingDeployed(name);
	};
	const stop = (id: string) =>
		docker
			.getContainer(id)
			.stop({ t: config.rollout.drain_timeout / 1000 })
			.catch(ignore(304, 404));
	const start = (id: string) => docker.getContainer(id).start().catch(ignore(304));
	const remove = (id: string) => docker.getContainer(id).remove({ force: true, v: true }).catch(ignore(404));
	const untilItPolls = async (container: Container, signal: AbortSignal, report: (text: string) => void) => {
		const worker = {
			...{ expected, identity: (role: Role) => identityOf(container, role), lookEveryMs: 500 },
			async assertAlive() {
				const { State, RestartCount } = await docker.getContainer(container.Id).inspect();
				if (!State.Running || RestartCount > 0)
					throw new UserError("container_died", `the container is ${State.Status}`);
			},
		};
		return untilPolling(worker, {
			temporal: await ports.temporal(),
			clock,
			signal,
			timeoutMs: config.rollout.deploy_timeout,
			report,
		});
	};
	const describe = (container: Container): RunningContainer => ({
		...{
			digest: label(container, "digest"),
			buildId: label(container, "buildId"),
			specHash: label(container, "runSpec"),
		},
		...{ since: container.State.StartedAt, restarts: container.RestartCount },
		owns: ({ identity }) => ROLES.some((role) => identity === identityOf(container, role)),
	});

	function begin(run: RolloutRun, next: NextRelease, before: readonly Container[]): Execution {
		let touched = false;
		const made = async () => (await containers()).find((one) => label(one, "rollout") === run.id);
		const bring = async () => {
			touched = true;
			for (const { Id } of before) await stop(Id);
			const labels = {
				[LABEL.buildId]: next.image.buildId,
				[LABEL.digest]: next.image.digest,
				[LABEL.runSpec]: next.specHash,
			};
			const secrets = Object.entries(secretValues(config)).map(([key, value]) => `${key}=${value.reveal()}`);
			const container = await docker.createContainer({
				...{ name: `${config.project}-${run.id}`, Image: next.reference },
				Env: [...Object.entries(next.spec.env).map((pair) => pair.join("=")), ...secrets],
				Labels: { ...own, ...labels, [LABEL.rollout]: run.id, [LABEL.generation]: String(run.generation) },
			});
			await container.start();
		};
		return {
			async perform({ kind }, { signal, report }) {
				if (kind === "pull") await pull(docker, next.reference, ports.credential);
				if (kind === "bring") await bring();
				if (kind === "verify") run.pollers = await untilItPolls((await made())!, signal, report);
				if (kind === "remove") for (const { Id } of before) await remove(Id);
			},
			touched: () => touched,
			async revert(report) {
				const fresh = await made();
				if (fresh) await remove(fresh.Id);
				const [old] = before;
				if (!old?.State.Running) return [];
				await start(old.Id);
				return untilItPolls(old, new AbortController().signal, report);
			},
			close: () => {},
		};
	}

	const observed = (before: readonly Container[], reference: string): Observation => ({
		...{ gpu: false, reference, unfit: async () => [], close: () => {} },
		weigh(next, { releases, polls }) {
			const [first, ...others] = before;
			const running = first?.State.Running ? describe(first) : undefined;
			const isWanted =
				running?.digest === next.image.digest && running.specHash === next.specHash && others.length === 0;
			return {
				previous: running && { digest: running.digest, buildId: running.buildId },
				serves: isWanted && servesAll(expected, (role) => identityOf(first!, role), polls),
				generation: 1 + Math.max(0, ...releases.map(({ generation }) => generation)),
				plan: [
					{ kind: "pull", title: `pull ${next.image.buildId}`, phase: "prepare" },
					{ kind: "bring", title: `run ${next.image.buildId} in place of what runs`, phase: "swap" },
					{ kind: "verify", title: "wait until it polls", phase: "prove" },
					{ kind: "remove", title: "remove what ran before", phase: "cleanup" },
				],
			};
		},
		assertUnchanged: async () => assertSame(name, ids(before), ids(await containers())),
		begin: (run, next) => begin(run, next, before),
	});

	return {
		...{ name, settings, sshTarget: noSsh, connect: noSsh, checks: () => [], close: () => {} },
		endpoint: async () => ({
			...{ host: null, port: null, via: null, generation: null, contract: null, fingerprint: null },
			...{ verifiedBy: null, since: null },
		}),
		async exec(argv, { signal }) {
			const { Id, State } = await newest();
			if (!State.Running) throw nothingRuns(name);
			const exec = await docker
				.getContainer(Id)
				.exec({ Cmd: [...argv], AttachStdout: true, Tty: true, abortSignal: signal });
			return (await Array.fromAsync(await exec.start({ Tty: true }))).join("");
		},
		async *logs({ tail }) {
			const log = await docker
				.getContainer((await newest()).Id)
				.logs({ stdout: true, stderr: true, tail, follow: false });
			yield* log.toString("utf8").split("\n");
		},
		async environment() {
			const pairs = (await newest()).Config.Env.map(
				(line) => /^([^=]*)=(.*)$/s.exec(line)!.slice(1) as [string, string],
			);
			return Object.fromEntries(pairs.map(([key, value]) => [key, config.secrets.includes(key) ? "" : value]));
		},
		async running() {
			const [all, holder] = [await containers(), await this.lease.holder()];
			const [first] = all;
			const stopped = { detail: "no container runs", fix: `cres deploy ${name}` };
			const container = first?.State.Running ? describe(first) : null;
			const generation = first ? Number(label(first, "generation")) : null;
			const count = all.filter(({ State }) => State.Running).length;
			return { container, count, generation, gpu: false, stopped: container ? null : stopped, holder };
		},
		async changeLife(action, { signal, progress, ...caller }) {
			const container = await newest();
			await caller.begin();
			if (action !== "start") await stop(container.Id);
			if (action !== "stop") await start(container.Id);
			const polling = () => progress.step("wait until it polls", (report) => untilItPolls(container, signal, report));
			const pollers = action === "stop" ? [] : await polling();
			return { changed: true, buildId: label(container, "buildId"), running: action !== "stop", pollers };
		},
		lease: volumeOf(docker, `cres-local-${config.project}-${name}`, name, clock),
		roll: {
			async observe({ image, dialled }) {
				dialled();
				const [before, { repository, digest }] = await Promise.all([containers(), image]);
				const { push, pull: side = push } = config.registry;
				return observed(before, `${side.address}/${repository}@${digest}`);
			},
		},
	};
}

const ids = (all: readonly Container[]): string =>
	all
		.map(({ Id }) => Id)
		.toSorted()
		.join();
