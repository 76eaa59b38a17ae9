import { z } from "zod";
import type { Step } from "../../../rollout/step.ts";
import { PHASES } from "../../../state/phase.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import { runSpecSchema, type Release } from "../../../state/releases.ts";
import { shortDigest } from "../../../system/text.ts";
import type { ContainerState } from "../container-host.ts";
import { digestOf, isRunning, isUp } from "../containers.ts";
import { LABEL } from "../../../contracts/labels.ts";

const named = z.object({ id: z.string(), name: z.string() });
const common = { title: z.string(), phase: z.enum(PHASES) };

/** The steps of a rollout to a Docker host, with all that they need but the values of secrets. */
export const dockerStepSchema = z.discriminatedUnion("kind", [
	z.object({ kind: z.literal("pull"), ...common, reference: z.string() }),
	z.object({
		kind: z.literal("start"),
		...common,
		/** Of the container. */
		name: z.string(),
		reference: z.string(),
		digest: z.string(),
		buildId: z.string(),
		generation: z.int(),
		spec: runSpecSchema,
		specHash: z.string(),
		/** Folders that the image's programs write to; absent: it does not say. */
		writes: z.array(z.string()).optional(),
	}),
	z.object({ kind: z.literal("await-pollers"), ...common }),
	z.object({ kind: z.literal("watch"), ...common }),
	/** Lets the old workers finish and stops them, but keeps what is needed to bring them back. */
	z.object({ kind: z.literal("drain"), ...common, containers: z.array(named) }),
	z.object({ kind: z.literal("remove"), ...common, containers: z.array(named) }),
	/** Removes those of these images that the host has, but for the first `retain`. */
	z.object({ kind: z.literal("prune"), ...common, references: z.array(z.string()), retain: z.int() }),
]);
export type DockerStep = z.infer<typeof dockerStepSchema>;

/** What is on the host, as far as a plan needs to know it. */
export interface OnHost {
	containers: readonly ContainerState[];
	releases: readonly Release[];
}

export interface PlanSettings {
	/** Name of the new container. */
	container: string;
	generation: number;
	/** Images of ours that the host keeps. */
	retain: number;
}

/** True when exactly the wanted container runs, alone. Whether it is healthy is for the caller to know. */
export const isAlready = (containers: readonly ContainerState[], next: NextRelease): boolean =>
	containers.length === 1 &&
	containers.every(
		(one) => isRunning(one) && digestOf(one) === next.image.digest && one.labels[LABEL.runSpec] === next.specHash,
	);

/**
 * The steps from what is to what is wanted. Start-first keeps every task queue polled; a gpu worker holds the device, so
 * there the old one goes first. Whatever else of ours is on the host goes with the old release.
 */
export function planRoll({ containers, releases }: OnHost, next: NextRelease, settings: PlanSettings): Step[] {
	const drain = drainStep(containers.filter(isUp));
	const bring: DockerStep[] = [
		startStep(next, settings),
		{ kind: "await-pollers", title: "wait until the new build polls every expected queue", phase: "prove" },
		{ kind: "watch", title: "watch the new container for restarts", phase: "prove" },
	];
	const stopFirst = next.spec.roles.includes("gpu");
	const steps: DockerStep[] = [
		{ kind: "pull", title: `pull ${shortDigest(next.image.digest)}`, phase: "prepare", reference: next.reference },
		...(stopFirst ? [...drain, ...bring] : [...bring, ...drain]),
		...removeStep(containers),
		pruneStep(next, releases, settings.retain),
	];
	return steps;
}

const startStep = ({ image, reference, spec, specHash }: NextRelease, settings: PlanSettings): DockerStep => ({
	kind: "start",
	title: `start a container of ${shortDigest(image.digest)}`,
	phase: "swap",
	name: settings.container,
	...{ reference, digest: image.digest, buildId: image.buildId, generation: settings.generation, spec, specHash },
	...(image.writes ? { writes: [...image.writes] } : {}),
});

const drainStep = (running: readonly ContainerState[]): DockerStep[] =>
	running.length === 0
		? []
		: [{ kind: "drain", title: `drain and stop ${names(running)}`, phase: "swap", containers: running.map(nameOf) }];

const removeStep = (containers: readonly ContainerState[]): DockerStep[] =>
	containers.length === 0
		? []
		: [{ kind: "remove", title: `remove ${names(containers)}`, phase: "cleanup", containers: containers.map(nameOf) }];

/** Images that our own releases name, the newest first. */
function pruneStep({ reference }: NextRelease, releases: readonly Release[], retain: number): DockerStep {
	const repository = `${reference.split("@")[0]!}@`;
	const used = [...releases.map(({ image }) => image).filter((image) => image.startsWith(repository)), reference];
	const references = [...new Set(used.toReversed())];
	return { kind: "prune", title: "prune images beyond those retained", phase: "cleanup", references, retain };
}

const nameOf = ({ id, name }: ContainerState) => ({ id, name });
const names = (containers: readonly ContainerState[]): string => containers.map(({ name }) => name).join(", ");
