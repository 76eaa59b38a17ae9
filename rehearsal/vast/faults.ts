/** `once`: it happens n times and is over; `standing`: until it is cleared. */
type Lasting = "once" | "standing";

interface FaultKind {
	group: "http" | "shape" | "roll" | "host" | "ssh" | "logs";
	lasting: Lasting;
	meaning: string;
}

const fault = (group: FaultKind["group"], lasting: Lasting, meaning: string): FaultKind => ({
	group,
	lasting,
	meaning,
});

/** Everything that can be made to go wrong, alone or together. */
export const FAULTS = {
	"rate-limited": fault("http", "once", "429 in plain text, without Retry-After"),
	"bad-gateway": fault("http", "once", "502"),
	unavailable: fault("http", "once", "503"),
	"html-body": fault("http", "once", "200 with a page of HTML; nothing is done"),
	"success-false": fault("http", "once", "200 with success:false; nothing is done"),
	"reply-lost-after": fault("http", "once", "the call is done, the connection ends without a reply"),
	"reply-lost-before": fault("http", "once", "nothing is done, the connection ends without a reply"),
	redirected: fault("http", "once", "301, as for a missing slash"),
	"ports-only-in-list": fault("shape", "standing", "by-id has no ports, the list has them"),
	"no-ssh-host": fault("shape", "standing", "ssh_host is null"),
	"ip-whitespace": fault("shape", "standing", "public_ipaddr ends in a newline"),
	"unknown-status": fault("shape", "standing", "actual_status is a word that is not documented"),
	"instances-array": fault("shape", "standing", "by-id gives an array"),
	"direct-ports-unset": fault("shape", "standing", "direct_port_start and _end are -1"),
	"stale-recycle": fault("roll", "once", "the recycle boots the image that ran before"),
	"old-ports": fault("roll", "once", "after the recycle's 200 it says running with the old ports for 25 s"),
	flap: fault("roll", "once", "running, loading, running"),
	"bad-tag": fault("roll", "once", "the registry does not know the tag"),
	"bad-login": fault("roll", "once", "the registry refuses the login"),
	"disk-full": fault("roll", "once", "the host runs out of disk while it pulls"),
	"oci-failure": fault("roll", "once", "the container cannot be started: created, and stays so"),
	"crash-loop": fault("roll", "once", "the app dies at its start, again and again, under running"),
	"wrong-build": fault("roll", "once", "the image says another build id than it was built as"),
	offline: fault("host", "standing", "the host sends no heartbeat: offline"),
	unknown: fault("host", "standing", "the host sends no heartbeat: unknown"),
	"offline-in-roll": fault("host", "once", "offline for 2 min while it loads, then it goes on"),
	outbid: fault("host", "once", "the GPU goes to somebody else while it loads: stopped, scheduling"),
	"intended-stopped": fault("host", "once", "intended_status becomes stopped while it loads"),
	"start-stuck": fault("host", "standing", "a start stays in scheduling"),
	"small-disk": fault("host", "standing", "disk_space is half of what was asked for"),
	"offer-gone": fault("host", "once", "another tenant took the offer"),
	"create-half-made": fault("host", "once", "the create fails, and its reply still carries new_contract"),
	"ssh-refused": fault("ssh", "once", "the new container's ssh port refuses connections"),
	"ssh-timeout": fault("ssh", "once", "the new container's ssh port takes connections and says nothing"),
	"wrong-host-key": fault("ssh", "once", "the new sshd shows another host key than the log says"),
	"other-tenant": fault("ssh", "once", "after the recycle somebody else's container answers at the old port"),
	"bad-modes": fault("ssh", "once", "/root/.ssh has modes that sshd refuses, until on-start mends them"),
	"tmux-noise": fault("ssh", "once", "the login shell complains of tmux on stdout unless ~/.no_auto_tmux exists"),
	"proxy-stale": fault("ssh", "once", "after the recycle the proxy leads nowhere for 3 min"),
	"log-late": fault("logs", "once", "result_url answers 404 for 15 s"),
	"log-never": fault("logs", "once", "result_url answers 404 for ever"),
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULTS;
export const faultNames = Object.keys(FAULTS) as FaultName[];

/** Where a fault happens; what is left out means anywhere. */
interface FaultScope {
	/** Contract. */
	id?: number;
	/** Name of a route, e.g. `recycle`. */
	route?: string;
}

export interface SetFault extends FaultScope {
	name: FaultName;
	/** How often it still happens; null: until it is cleared. */
	left: number | null;
}

export interface Faults {
	/** Switches one on, `times` times (null: until it is cleared), else as its kind says. */
	set(name: FaultName, options?: FaultScope & { times?: number | null }): void;
	/** Switches one off, or all. */
	clear(name?: FaultName): void;
	list(): SetFault[];
	/** True when it shall happen here; it is counted as happened. */
	take(name: FaultName, at: FaultScope): boolean;
}

/** The switches of one simulator. */
export function createFaults(): Faults {
	let all: SetFault[] = [];
	const matches = (one: SetFault, name: FaultName, at: FaultScope): boolean =>
		one.name === name &&
		(one.id === undefined || one.id === at.id) &&
		(one.route === undefined || one.route === at.route);
	return {
		set(name, { times, ...scope } = {}) {
			const left = times === undefined ? (FAULTS[name].lasting === "once" ? 1 : null) : times;
			all.push({ name, ...scope, left });
		},
		clear: (name) => void (all = name === undefined ? [] : all.filter((one) => one.name !== name)),
		list: () => all.map((one) => ({ ...one })),
		take(name, at) {
			const found = all.find((one) => matches(one, name, at));
			if (found?.left !== null && found !== undefined && --found.left === 0) all = all.filter((one) => one !== found);
			return found !== undefined;
		},
	};
}
