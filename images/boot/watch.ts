import { PROGRAM_NAMES, type ProgramName } from "./names.ts";

/** A program whose memory is watched. */
export interface Watched {
	name: ProgramName;
	/** Anonymous memory in bytes. */
	limit: number;
	/** Directory of its cgroup; absent where only the watchdog enforces the limit. */
	cgroup?: string;
}

/** While a program is given time to end, it may grow by so much; beyond it is ended at once. */
const FAR = 1.25;

/** What is to be done with a program: nothing, restart it in order, or end it now. */
export function judge({ limit }: Watched, observed: number, restarting: boolean): "well" | "restart" | "kill" {
	if (observed <= limit) return "well";
	if (restarting) return observed > limit * FAR ? "kill" : "well";
	return "restart";
}

/** `<program>=<bytes>` or `<program>=<bytes>@<directory of its cgroup>`. */
export const formatWatched = ({ name, limit, cgroup }: Watched): string =>
	`${name}=${limit}${cgroup === undefined ? "" : `@${cgroup}`}`;

/** @throws Error for anything else */
export function parseWatched(text: string): Watched {
	const match = /^([a-z-]+)=(\d+)(?:@(.+))?$/.exec(text);
	const name = PROGRAM_NAMES.find((known) => known === match?.[1]);
	if (!match || name === undefined) throw new Error(`not a limit: ${text}`);
	return { name, limit: Number(match[2]), ...(match[3] === undefined ? {} : { cgroup: match[3] }) };
}
