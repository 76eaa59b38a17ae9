interface FaultKind {
	lasting: "once" | "standing";
	meaning: string;
}

const once = (meaning: string): FaultKind => ({ lasting: "once", meaning });
const standing = (meaning: string): FaultKind => ({ lasting: "standing", meaning });

/** Everything that can be made to go wrong. */
export const FAULTS = {
	"server-error": once("500"),
	"bad-gateway": once("502 with a page of HTML"),
	unavailable: once("503"),
	"bad-credentials": standing("401, as for a token that was revoked"),
	forbidden: standing("403, as for a token without the permission"),
	"rate-limited": once("403, nothing is left of the hour, which ends in 1 s"),
	"rate-limited-long": standing("the same, and it ends in 40 min"),
	"secondary-limited": once("403, secondary rate limit, Retry-After: 1"),
	"too-many": once("429, Retry-After: 1"),
	slow: once("the answer takes 3 s"),
	cut: once("the connection ends in the middle of the answer"),
	"reply-lost-after": once("the call is done, the connection ends without an answer"),
	"html-body": once("200 with a page of HTML"),
	"other-shape": once("200 with JSON of another shape"),
	"sent-elsewhere": once("301 to another origin"),
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULTS;
export const faultNames = Object.keys(FAULTS) as FaultName[];

interface SetFault {
	name: FaultName;
	/** Only of this route, such as `GET /repos/{owner}/{repo}/issues`. */
	route?: string;
	/** How often it still happens; null: until it is cleared. */
	left: number | null;
}

export interface Faults {
	/** Switches one on, `times` times (null: until it is cleared), else as its kind says. */
	set(name: FaultName, options?: { route?: string | undefined; times?: number | null | undefined }): void;
	/** Switches one off, or all. */
	clear(name?: FaultName): void;
	list(): SetFault[];
	/** True when it shall happen now; it is counted as happened. */
	take(name: FaultName, route: string): boolean;
}

/** The switches of one double. */
export function createFaults(): Faults {
	let all: SetFault[] = [];
	return {
		set(name, { route, times } = {}) {
			const left = times === undefined ? (FAULTS[name].lasting === "once" ? 1 : null) : times;
			all.push({ name, left, ...(route === undefined ? {} : { route }) });
		},
		clear: (name) => void (all = name === undefined ? [] : all.filter((one) => one.name !== name)),
		list: () => all.map((one) => ({ ...one })),
		take(name, route) {
			const found = all.find((one) => one.name === name && (one.route === undefined || one.route === route));
			if (found && found.left !== null && --found.left === 0) all = all.filter((one) => one !== found);
			return found !== undefined;
		},
	};
}
