/** What a worker may do: `cpu` runs workflows and cpu activities, `gpu` runs gpu activities only. */
export const ROLES = ["cpu", "gpu"] as const;
export type Role = (typeof ROLES)[number];

export type TaskQueueType = "workflow" | "activity";

/** A poller that must exist for a role to be served. */
export interface ExpectedPoller {
	queue: string;
	type: TaskQueueType;
	role: Role;
}

/** `<base>@cpu` or `<base>@gpu`: the only names a task queue may have. */
export const taskQueue = (base: string, role: Role): string => `${base}@${role}`;

/** The base and role of a task-queue name, or undefined when it lacks the suffix. */
export function parseTaskQueue(name: string): { base: string; role: Role } | undefined {
	const match = /^([^@\s]+)@(cpu|gpu)$/.exec(name);
	return match ? { base: match[1]!, role: match[2] as Role } : undefined;
}

/** The cpu queue polls workflows and activities, the gpu queue activities only. */
export function expectedPollers(base: string, roles: readonly Role[]): ExpectedPoller[] {
	return roles.flatMap((role): ExpectedPoller[] => {
		const queue = taskQueue(base, role);
		const activity: ExpectedPoller = { queue, type: "activity", role };
		return role === "cpu" ? [{ queue, type: "workflow", role }, activity] : [activity];
	});
}
