import type { Role } from "./queues.ts";

export interface WorkerIdentity {
	role: Role;
	instance: string;
	buildId: string;
	/** First 8 hex digits of the container id. */
	container: string;
}

/** `cpu@<instance>/<build id>-<first 8 of the container id>`: unique per container, so each has its own poller row. */
export const formatIdentity = ({ role, instance, buildId, container }: WorkerIdentity): string =>
	`${role}@${instance}/${buildId}-${container.slice(0, 8)}`;

/** Undefined for identities that no image of ours reports. */
export function parseIdentity(text: string): WorkerIdentity | undefined {
	const match = /^(cpu|gpu)@([^/\s]+)\/(\S+)-([0-9a-f]{8})$/.exec(text);
	return match ? { role: match[1] as Role, instance: match[2]!, buildId: match[3]!, container: match[4]! } : undefined;
}
