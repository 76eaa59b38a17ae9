import { LABEL } from "../../../contracts/labels.ts";
import { UserError, hasCode } from "../../../errors/errors.ts";
import { secretValues } from "../../../config/config.ts";
import { untilPolling } from "../../../temporal/until-polling.ts";
import { neededBytes } from "../../image-size.ts";
import { askEarly, HEALTH_ARGV, untilHealthy, type AskHealth } from "../../health.ts";
import type { Execution, StepCall } from "../../instance.ts";
import type { ContainerHost, ContainerSpec } from "../container-host.ts";
import { fenceOf, listedContainers, ourLabels } from "../containers.ts";
import type { DockerPorts } from "../ports.ts";
import { staysUp, workerOf } from "../watch.ts";
import { hasRelease, type DockerRollout } from "./docker-rollout.ts";
import { dockerStepSchema, type DockerStep } from "./plan.ts";
import { diskFull } from "./requirements.ts";
import { revert } from "./revert.ts";

type Perform<K extends DockerStep["kind"]> = (
	ports: DockerPorts,
	own: DockerRollout,
	step: Extract<DockerStep, { kind: K }>,
	call: StepCall,
) => Promise<void>;

const STEPS: { [K in DockerStep["kind"]]: Perform<K> } = {
	pull,
	start,
	"await-pollers": async (ports, own, _step, call) => {
		const worker = workerOf(own.fresh!, await ports.host(), { queue: ports.config.queue, roles: own.next.spec.roles });
		const { clock, config } = ports;
		const temporal = await ports.temporal();
		const timeoutMs = config.rollout.deploy_timeout;
		own.run.pollers = await untilPolling(worker, { ...call, temporal, clock, timeoutMs });
	},
	watch,
	drain: async (ports, _own, { containers }) => {
		const host = await ports.host();
		await Promise.all(containers.map(({ id }) => host.stop(id, ports.config.rollout.drain_timeout)));
	},
	remove: async (ports, _own, { containers }) => {
		const host = await ports.host();
		await Promise.all(containers.map(({ id }) => host.remove(id)));
	},
	prune: async (ports, _own, { references, retain }) => {
		const host = await ports.host();
		const old = references.slice(retain);
		if (old.length === 0) return;
		const present = new Set((await host.images(LABEL.buildId)).flatMap((image) => image.references));
		for (const reference of old.filter((one) => present.has(one))) await host.removeImage(reference);
	},
};

/** The steps of one rollout, made possible. */
export const createExecution = (ports: DockerPorts, own: DockerRollout): Execution => ({
	async perform(step, call) {
		const known = dockerStepSchema.parse(step);
		own.touched ||= known.phase !== "prepare";
		const perform = STEPS[known.kind] as Perform<typeof known.kind>;
		await perform(ports, own, known, call);
	},
	touched: () => own.touched ?? false,
	revert: (report) => revert(ports, own, report),
	close: () => {},
});

async function pull(
	ports: DockerPorts,
	own: DockerRollout,
	{ reference }: { reference: string },
	{ report, signal }: StepCall,
): Promise<void> {
	if (await own.seen.present) return;
	const host = await ports.host();
	try {
		await host.pull(reference, report, signal);
	} catch (error) {
		if (!hasCode(error, "docker_failed")) throw error;
		const { dataRoot } = own.seen.facts;
		const free = await host.freeBytes(Promise.resolve(dataRoot));
		const needed = neededBytes(own.next.image, hasRelease(own.seen));
		if (free !== undefined && free < needed) throw diskFull(ports.name, dataRoot, free, needed);
		throw /no space left/i.test(error.message) ? diskIsFull(ports.name, dataRoot, error) : error;
	}
}

/** It ran out of more than df counts: inodes, a quota, another file system below it. */
const diskIsFull = (name: string, dataRoot: string, cause: UserError) =>
	new UserError("docker_failed", cause.message, {
		hint: `free space and inodes in ${dataRoot} on ${name} (docker system df, df -i), then run the command again`,
		cause,
	});

async function start(
	ports: DockerPorts,
	own: DockerRollout,
	step: Extract<DockerStep, { kind: "start" }>,
	{ signal }: StepCall,
): Promise<void> {
	const host = await ports.host();
	const labels = {
		...ourLabels(ports),
		[LABEL.buildId]: step.buildId,
		[LABEL.digest]: step.digest,
		[LABEL.runSpec]: step.specHash,
		[LABEL.generation]: String(step.generation),
		[LABEL.rollout]: own.run.id,
		[LABEL.fence]: String(own.run.token),
	};
	const { env, memoryMb, gpu } = step.spec;
	const secrets = secretValues(ports.config);
	const run = { name: step.name, image: step.reference, env, secrets, labels, memoryMb, gpu };
	const id = await createNewest(ports, own, { ...run, ...(step.writes ? { writes: step.writes } : {}) });
	own.fresh = { id, labels, restarts: 0 };
	own.run.generation = step.generation;
	await host.start(id);
	own.startedAt = ports.clock.now();
	own.health = askEarly(healthOf(host, id), { clock: ports.clock, signal });
}

/** Looks for a later rollout while the container is made; beside one of that, it is removed again before it runs. @throws UserError lease_lost */
async function createNewest(ports: DockerPorts, own: DockerRollout, spec: ContainerSpec): Promise<string> {
	const host = await ports.host();
	const [made, newest] = await Promise.allSettled([host.create(spec), assertNewest(ports, own)]);
	if (newest.status === "rejected") {
		if (made.status === "fulfilled") await host.remove(made.value).catch(() => {}); // why it must go is what counts
		throw newest.reason;
	}
	if (made.status === "rejected") throw made.reason;
	return made.value;
}

/** A holder that slept through its lease must not start a container beside its successor's. @throws UserError lease_lost */
async function assertNewest(ports: DockerPorts, { run }: DockerRollout): Promise<void> {
	const newer = (await listedContainers(await ports.host(), ports)).find((one) => fenceOf(one) > run.token);
	if (!newer) return;
	throw new UserError("lease_lost", `a later rollout has made ${newer.name} on ${ports.name}`, {
		hint: `cres status, then run the command again`,
	});
}

/** The container stays up until rollout.watch has passed since its start, and is looked at once more; meanwhile its api is asked for its health. */
async function watch(ports: DockerPorts, own: DockerRollout, _step: unknown, { signal }: StepCall): Promise<void> {
	const { config, clock } = ports;
	const host = await ports.host();
	const fresh = own.fresh!;
	const healthy = untilHealthy(ports.name, healthOf(host, fresh.id), { clock, signal, asked: own.health });
	healthy.catch(() => {}); // a container that dies comes first
	const left = config.rollout.watch - (clock.now() - own.startedAt!);
	await staysUp(fresh, Math.max(0, left), { host, clock, signal });
	own.run.facts.push(await healthy);
}

const healthOf =
	(host: ContainerHost, id: string): AskHealth =>
	(options) =>
		host.exec(id, HEALTH_ARGV, options);
