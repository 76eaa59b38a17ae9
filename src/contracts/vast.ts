/** What the toolkit's on-start and the images agree on, for containers that Vast starts. */

/** Process owner of the programs in an image. */
export const SUPERVISOR_CONFIG = "/app/images/etc/supervisord.conf";
/** Where it answers (XML-RPC over a unix socket), as that file says. */
export const SUPERVISOR_SOCKET = "/run/cres/supervisor.sock";
/** What starts, or adopts, the programs of an image; with `--detach` it returns. */
export const BOOT_PROGRAM = "/app/boot";
/** supervisord's name of all workers of a container. */
export const WORKER_PROGRAMS = "workers:*";
/** Logs of the programs, `<program>.log` each, where boot was detached, as a shell pattern; rotated by supervisord. */
export const LOG_FILES = "/var/log/cres/*.log";
/** 8 hex digits that tell this container's worker from all others; made by on-start, gone with the container. */
export const CONTAINER_ID_PATH = "/run/cres/container-id";
/** The line `<this> <rollout id> SHA256:…` in the instance's log names a host key of the container. */
export const HOST_KEY_MARK = "cres-host-key";

/** First lines of an on-start that cres has rendered: whose it is, and for which run spec. */
export const onStartHead = (rollout: string, specHash: string): string[] => [
	`# cres on-start of rollout ${rollout}`,
	`# run spec ${specHash}`,
];

/** Reads those lines; undefined for somebody else's on-start. */
export function parseOnStart(onstart: string | null): { rollout: string; specHash: string } | undefined {
	const match = /^# cres on-start of rollout (\S+)\n# run spec (\S+)$/m.exec(onstart ?? "");
	return match ? { rollout: match[1]!, specHash: match[2]! } : undefined;
}
