/** A way in which a running instance can be made to fail. Scripts run in its container, as root. */
export interface SystemFault {
	meaning: string;
	/** Code of the check of `cres triage` that names it. */
	diagnosis: string;
	inject: string;
	heal: string;
	/**
	 * Where it is done: in the container, in it with its read-only files made writable, to the container, or in its network
	 * namespace on the host.
	 */
	where?: "container" | "files" | "daemon" | "network";
	/** Milliseconds until it shows. */
	showsMs: number;
}

const CTL = "supervisorctl -c /app/images/etc/supervisord.conf";
const API = "/app/images/api/main.js";
const BUILD = "/app/build-info.json";
/** Notes the process that a fault has started. */
const NOTED = "/run/cres/fault.pid";
const endNoted = `kill "$(cat ${NOTED})" 2>/dev/null; rm -f ${NOTED}`;

/** Of a running instance. Each can be undone, and none outlives the container. */
export const SYSTEM_FAULTS = {
	"api-file-missing": {
		meaning: "the api's file is gone from the image: it ends at each start",
		diagnosis: "TR112",
		where: "files",
		inject: `mv ${API} ${API}.away; ${CTL} restart api || true`,
		heal: `mv ${API}.away ${API}; ${CTL} start api || true`,
		showsMs: 4_000,
	},
	"worker-stopped": {
		meaning: "somebody has stopped the workers by hand",
		diagnosis: "TR110",
		inject: `${CTL} stop 'workers:*'`,
		heal: `${CTL} start 'workers:*'`,
		showsMs: 2_000,
	},
	"port-taken": {
		meaning: "another program holds the api's port: the api ends at each start",
		diagnosis: "TR114",
		inject: [
			`${CTL} stop api`,
			"setsid python3 -I -m http.server 8100 --bind 0.0.0.0 >/dev/null 2>&1 &",
			`echo $! > ${NOTED}`,
			`sleep 1; ${CTL} start api || true`,
		].join("\n"),
		heal: `${endNoted}; ${CTL} start api || true`,
		showsMs: 3_000,
	},
	"stray-program": {
		meaning: "a program of the image runs beside supervisord",
		diagnosis: "TR113",
		inject: `setsid node /app/images/boot/watchdog.js >/dev/null 2>&1 &\necho $! > ${NOTED}\nsleep 1`,
		heal: endNoted,
		showsMs: 1_000,
	},
	"build-replaced": {
		meaning: "the image says that it is another build than its container was made from",
		diagnosis: "TR104",
		where: "files",
		inject: `cp ${BUILD} ${BUILD}.away; sed -i 's/"buildId": *"[^"]*"/"buildId":"ffffffffffff"/' ${BUILD}`,
		heal: `mv ${BUILD}.away ${BUILD}`,
		showsMs: 0,
	},
	"api-killed": {
		meaning: "the api is killed three times, and runs again",
		diagnosis: "TR111",
		inject: `for i in 1 2 3; do kill -9 "$(${CTL} pid api)"; sleep 7; done`,
		heal: "true",
		showsMs: 0,
	},
	"network-cut": {
		meaning: "the container has no way to Temporal and the store, which are well",
		diagnosis: "TR120",
		where: "network",
		inject: "add",
		heal: "delete",
		showsMs: 1_000,
	},
	"container-stopped": {
		meaning: "the container is stopped",
		diagnosis: "TR103",
		where: "daemon",
		inject: "stop",
		heal: "start",
		showsMs: 0,
	},
} as const satisfies Record<string, SystemFault>;

export type SystemFaultName = keyof typeof SYSTEM_FAULTS;
export const systemFaultNames = Object.keys(SYSTEM_FAULTS) as SystemFaultName[];

/** True for the name of a fault of the group `system`. */
export const isSystemFault = (name: string): name is SystemFaultName => Object.hasOwn(SYSTEM_FAULTS, name);
