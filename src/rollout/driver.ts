import type { UserError } from "../errors/errors.ts";
import type { ReleaseImage } from "../registry/release-image.ts";
import type { PollerRow, PollersReport } from "../temporal/pollers.ts";
import type { Journal } from "./journal.ts";
import type { LifecycleAction, LifecycleResult } from "./lifecycle.ts";
import type { RolloutPorts } from "./ports.ts";
import type { Release } from "./release.ts";
import type { RunSpec } from "./run-spec.ts";
import type { InstanceStatus } from "./status.ts";
import type { Step, StepTime } from "./step.ts";

/** What to run: an image reference of our repository (tag or digest) and, for a rollback, the spec of then. */
export interface WantedRelease {
	/** `sha256:…` or a tag in the app image's repository. */
	reference: string;
	spec?: RunSpec;
}

/** How instances of one kind are looked at and changed. */
export interface Driver {
	/**
	 * Reads everything that can be known before the first side effect.
	 * @throws UserError with every failure together
	 */
	observe(ports: RolloutPorts, wanted: WantedRelease): Promise<Move>;
	/**
	 * As observe, to bring the wanted release to another contract than the one that the instance has now.
	 * @param configPath the cres.yaml that names it
	 */
	recreate?(ports: RolloutPorts, wanted: WantedRelease, configPath: string): Promise<Move>;
	status(ports: RolloutPorts): Promise<InstanceStatus>;
	logs(ports: RolloutPorts, options: { tail: number; follow: boolean }): AsyncIterable<string>;
	/** Under the instance's lease. @throws UserError nothing_deployed, never_polled, container_died */
	change(ports: RolloutPorts, action: LifecycleAction, journal: Journal): Promise<LifecycleResult>;
	/** What the worker's process has in its environment, names of secrets with an empty value. */
	environment(ports: RolloutPorts): Promise<Record<string, string>>;
}

/** One rollout on its way: the steps write here, the record and the entry read here. */
export interface Progressing {
	/** Id of the rollout. */
	id: string;
	journal: Journal;
	pollers: PollerRow[];
	steps: StepTime[];
	/** Last lines of a container that failed. */
	logTail: string[];
}

/** What a driver saw of its instance, and how it brings the wanted release there. */
export interface Move {
	image: ReleaseImage;
	/** The image as the instance pulls it; recorded with the release. */
	pullReference: string;
	spec: RunSpec;
	specHash: string;
	releases: Release[];
	pollers: PollersReport;
	/** The release of ours that runs, if one does. */
	previous: { digest: string; buildId: string } | undefined;
	/** The wanted release runs, alone, and is healthy: nothing needs to be done. */
	serves: boolean;
	plan: Step[];
	/** Number of the container's life on the instance that this rollout makes. */
	generation: number;
	/** Observed values that the docs/PLAN.md entry shall have, besides steps and pollers. */
	seen(): string[];
	/** @throws UserError changed_meanwhile (busy) when somebody else changed the instance since it was read */
	refuseChanged(): Promise<void>;
	act(ports: RolloutPorts, run: Progressing, step: Step, report: (text: string) => void): Promise<void>;
	/** Something was changed that has to be undone. */
	touched(run: Progressing): boolean;
	/**
	 * Back to what ran before, Ctrl-C or not; returns its polls, as far as Temporal shows them.
	 * @throws whatever keeps it from going back
	 */
	revert(ports: RolloutPorts, run: Progressing, report: (text: string) => void): Promise<PollerRow[]>;
	/** What is left undone although the release is live; the rollout ends with it, after the records are written. */
	leftOver?(): UserError | undefined;
	close(): void;
}
