import type { RolloutRun } from "../../../rollout/rollout-run.ts";
import type { NextRelease } from "../../../rollout/wanted.ts";
import type { EarlyHealth } from "../../health.ts";
import type { Known } from "../../instance.ts";
import type { ContainerState, HostFacts } from "../container-host.ts";

/** What was read of a Docker host. */
export interface Seen {
	facts: HostFacts;
	containers: ContainerState[];
	/** Bytes free in its data root; undefined when it does not tell. Comes later than all else. */
	free: Promise<number | undefined>;
	/** The image is there already; comes later too. */
	present: Promise<boolean>;
	/** How it pulls the image. */
	reference: string;
}

/** The layers that do not change are on the host already. */
export const hasRelease = ({ containers }: Pick<Seen, "containers">): boolean => containers.length > 0;

/** One rollout to a Docker host on its way. */
export interface DockerRollout {
	seen: Seen;
	run: RolloutRun;
	next: NextRelease;
	known: Known;
	/** The container that was made, once it is there. */
	fresh?: Pick<ContainerState, "id" | "labels" | "restarts">;
	/** When it was started, milliseconds since the epoch by the clock of this machine. */
	startedAt?: number;
	/** What its api says of its health, asked early. */
	health?: Promise<EarlyHealth | undefined>;
	/** Something was begun that has to be undone. */
	touched?: boolean;
}
