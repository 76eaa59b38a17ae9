import { BOOT_PROGRAM, CONTAINER_ID_PATH, HOST_KEY_MARK, onStartHead } from "../../../contracts/vast.ts";
import { UserError } from "../../../errors/errors.ts";

/** The API takes 4,096 for on-start and arguments together; live it was seen to refuse more than this. */
const MAXIMUM_BYTES = 4048;

/** Set by the platform in every container; ssh logins get them from /etc/environment. */
const PLATFORM_NAMES = ["CONTAINER_ID", "VAST_CONTAINERLABEL", "PUBLIC_IPADDR", "GPU_COUNT"];

export interface OnStartFacts {
	/** Id of the rollout: tells the host keys of its container from those of others in the log. */
	rollout: string;
	specHash: string;
	/** Names of the settings that ssh logins shall see. No secret's name belongs here. */
	names: readonly string[];
}

/**
 * The script that Vast runs at each start of the container. It may run again, waits for nothing and holds no secret:
 * mends what ssh logins stumble over, prints the host keys into the instance's log, writes the clear settings where ssh
 * logins find them, and starts the programs of the image.
 * @throws UserError on_start_too_long (usage)
 */
export function renderOnStart({ rollout, specHash, names }: OnStartFacts): string {
	const shown = [...new Set([...PLATFORM_NAMES, ...names])].toSorted().join("|");
	const script = [
		"#!/bin/sh",
		...onStartHead(rollout, specHash),
		"touch /root/.no_auto_tmux",
		`mkdir -p /root/.ssh ${directoryOf(CONTAINER_ID_PATH)} /var/log/cres`,
		"chown -R 0:0 /root/.ssh && chmod 700 /root/.ssh && chmod 600 /root/.ssh/authorized_keys",
		"chmod go-w /root",
		"for key in /etc/ssh/ssh_host_*_key.pub; do",
		`\techo "${HOST_KEY_MARK} ${rollout} $(ssh-keygen -lf "$key" | cut -d ' ' -f 2)" > /proc/1/fd/1`,
		"done",
		`shown='^(${shown})='`,
		'{ grep -vE "$shown" /etc/environment; env | grep -E "$shown"; } > /etc/environment.new',
		"mv /etc/environment.new /etc/environment",
		`[ -s ${CONTAINER_ID_PATH} ] || { hostname | grep -xE '[0-9a-f]{12}' || od -An -N6 -tx1 /dev/urandom | tr -d ' '; } \\`,
		`\t| cut -c 1-8 > ${CONTAINER_ID_PATH}`,
		`export WORKER_CONTAINER_ID="$(cat ${CONTAINER_ID_PATH})"`,
		`${BOOT_PROGRAM} --detach`,
		"",
	].join("\n");
	const bytes = Buffer.byteLength(script);
	if (bytes <= MAXIMUM_BYTES) return script;
	throw new UserError("on_start_too_long", `the on-start script has ${bytes} bytes, Vast takes ${MAXIMUM_BYTES}`, {
		hint: "its length grows with the number of names under env in cres.yaml: leave some out",
	});
}

const directoryOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));
