import { UserError, codeOf, messageOf } from "./errors.ts";

/** What Node's codes say of this machine and its files. */
const SAYS: Readonly<Record<string, string>> = {
	EACCES: "permission is denied",
	EPERM: "the operation is not permitted",
	EROFS: "its file system is read-only",
	EISDIR: "it is a directory",
	EFBIG: "it is too large",
	ENODATA: "it is a pipe into which nobody writes",
	EEXIST: "something else has that name",
	ENOTDIR: "a part of the path is not a directory",
	ELOOP: "there are too many symbolic links",
	ENAMETOOLONG: "the name is too long",
	ENOSPC: "no space is left on the disk",
	EDQUOT: "the disk quota is used up",
	EMFILE: "this process has too many files open",
	ENFILE: "this machine has too many files open",
};

/** What an aborted signal makes of a wait, as the error of an interrupted command; undefined for everything else. */
export const abortOf = (error: unknown): UserError | undefined =>
	error instanceof Error && error.name === "AbortError" ? new UserError("interrupted", "interrupted") : undefined;

/**
 * A fault in somebody's files, permissions or machine as the error that a person reads; a UserError as it is; undefined
 * for everything else. Codes: https://nodejs.org/api/errors.html#common-system-errors
 */
export function asUserError(error: unknown): UserError | undefined {
	if (error instanceof UserError) return error;
	return ofSurroundings(error) ?? ofFile(error);
}

function ofSurroundings(error: unknown): UserError | undefined {
	if (codeOf(error) === "ENOENT" && (error as NodeJS.ErrnoException).syscall === "uv_cwd")
		return new UserError("working_directory_gone", "the working directory is not there any more", {
			hint: "change into a directory that is there (cd), then run the command again",
			cause: error,
		});
	if (codeOf(error) === "ERR_PROXY_INVALID_CONFIG")
		// its message is the value, which may hold a password
		return new UserError("proxy_invalid", "HTTPS_PROXY or HTTP_PROXY is no address of a proxy", {
			hint: "write it as http://HOST:PORT, or unset it (https_proxy and http_proxy count too)",
			cause: error,
		});
	return undefined;
}

function ofFile(error: unknown): UserError | undefined {
	const code = codeOf(error) ?? "";
	const says = SAYS[code];
	if (!(error instanceof Error) || says === undefined) return undefined;
	const { path } = error as NodeJS.ErrnoException;
	const message = path === undefined ? messageOf(error) : `${path} cannot be used: ${says} (${code})`;
	const it = path ?? "what the message names";
	const after = (step: string) => ({ hint: `${step}, then run the command again`, cause: error });
	switch (code) {
		case "EACCES":
		case "EPERM":
		case "EROFS":
			return new UserError("file_forbidden", message, after(`give yourself access to ${it}`));
		case "ENOSPC":
		case "EDQUOT":
			return new UserError("local_disk_full", message, after("free space on that disk"));
		case "EMFILE":
		case "ENFILE":
			return new UserError("too_many_open_files", message, after("raise the limit (ulimit -n)"));
		default:
			return new UserError("file_unusable", message, after(`put ${it} right`));
	}
}
