/** In the environment of a process that cres starts: whose it is. */
export const SERVICE_MARK = "CRES_SERVICE_MARK";

/**
 * Where a program of ours waits on Windows, which has no SIGTERM, to be told to end: a named pipe. Others than its user
 * and administrators may only read there (learn.microsoft.com/windows/win32/ipc/named-pipe-security-and-access-rights).
 */
export const stopChannel = (mark: string): string => String.raw`\\.\pipe\cres-stop-${mark}`;

/** What it is told. */
export const STOP_WORD = "stop\n";
