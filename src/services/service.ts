/** A long-running process that cres starts, checks and stops on this machine. */
export interface Service {
	readonly name: string;
	/** Starts it unless it runs and is ready, and waits until it is ready. `signal` ends the wait, not the process. */
	up(signal?: AbortSignal): Promise<"reused" | "started">;
	/** Stops it and waits until it is gone; safe to repeat. `signal` ends the wait, and it may still run then. */
	down(signal?: AbortSignal): Promise<void>;
	status(): Promise<ServiceStatus>;
}

/** `unready`: its process runs, but its ready check fails. Whatever else answers in its place, it is `stopped` without its process. */
export type ServiceStatus = { state: "stopped" } | { state: "ready" | "unready"; pid: number };
