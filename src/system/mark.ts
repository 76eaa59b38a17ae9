/** Name of the variable in the environment of what cres starts that says whose process it is, down to its children. */
export const MARK = "CRES_SERVICE_MARK";

/**
 * The value of MARK in the text of `/proc/<pid>/environ`, see proc_pid_environ(5); null: there is none. Undefined where
 * the text does not tell: it cannot be read, is none of variables, because the program has written its title over it, or
 * is empty, as that of a process which just takes on another program by execve(2).
 */
export function markIn(text: string | undefined): string | null | undefined {
	if (text === undefined || text === "") return undefined;
	const entries = text.replace(/\0$/, "").split("\0");
	const own = entries.find((entry) => entry.startsWith(`${MARK}=`));
	if (own !== undefined) return own.slice(MARK.length + 1);
	return entries.every((entry) => entry.includes("=")) ? null : undefined;
}
