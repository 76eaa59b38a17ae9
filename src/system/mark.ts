import { readFile } from "node:fs/promises";
import { parseProcStat } from "./proc-stat.ts";

/** Name of the variable in the environment of what cres starts that says whose process it is, down to its children. */
export const MARK = "CRES_SERVICE_MARK";

/**
 * The value of MARK in the text of `/proc/<pid>/environ`, see proc_pid_environ(5); null: there is none. Undefined where
 * the text does not tell: it cannot be read, or is none of variables, because the program has written its title over it.
 */
export function markIn(text: string | undefined): string | null | undefined {
	if (text === undefined) return undefined;
	const entries = text.replace(/\0$/, "").split("\0");
	const own = entries.find((entry) => entry.startsWith(`${MARK}=`));
	if (own !== undefined) return own.slice(MARK.length + 1);
	return text === "" || entries.every((entry) => entry.includes("=")) ? null : undefined;
}

/** The MARK of a process; undefined also of another user's, and of one that just takes on another program (execve(2)). */
export async function markOf(pid: number): Promise<string | null | undefined> {
	const text = await environmentOf(pid);
	if (text !== "") return markIn(text);
	const [before, again, after] = [await addressOf(pid), await environmentOf(pid), await addressOf(pid)];
	return before !== "0" && before === after ? markIn(again) : undefined;
}

const environmentOf = (pid: number): Promise<string | undefined> =>
	readFile(`/proc/${pid}/environ`, "utf8").catch(() => undefined);

/** Of its environment. */
const addressOf = (pid: number): Promise<string> =>
	readFile(`/proc/${pid}/stat`, "utf8").then(
		(text) => parseProcStat(text).environment,
		() => "0",
	);
