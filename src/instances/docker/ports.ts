import type { DockerInstance } from "../../config/schema.ts";
import type { InstancePorts } from "../ports.ts";
import type { InstanceLease } from "../lease.ts";
import type { ContainerHost } from "./container-host.ts";

/** What the driver of Docker hosts works with. */
export interface DockerPorts extends InstancePorts {
	/** Name of the instance. */
	name: string;
	settings: DockerInstance;
	lease: InstanceLease;
	/** The instance's Docker daemon over one connection, opened when first asked for. */
	host(options?: { dialled?: () => void }): Promise<ContainerHost>;
	/** The same over a new connection, after the one before was lost. */
	reconnect(): Promise<ContainerHost>;
}

/** Opens the daemon of an instance; `signal` ends the attempt. */
export type ConnectHost = (
	ports: InstancePorts & Pick<DockerPorts, "name" | "settings">,
	signal: AbortSignal,
	dialled?: () => void,
) => Promise<ContainerHost>;

/** Which facts of its host an instance needs. */
export const factsFor = ({ settings }: Pick<DockerPorts, "settings">): { forGpu: boolean } => ({
	forGpu: settings.roles.includes("gpu"),
});
