/**
 * One argument as CommandLineToArgvW and Microsoft's C runtime take it apart again: quotes around what has blanks, each
 * quote behind a backslash, and backslashes doubled where a quote follows.
 * @see https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw
 */
export function windowsArgument(text: string): string {
	if (text !== "" && !/[\s"]/.test(text)) return text;
	return `"${text.replaceAll(/(\\*)(?="|$)/g, "$1$1").replaceAll('"', '\\"')}"`;
}

/** A command line without its program. */
export const windowsArguments = (args: readonly string[]): string => args.map(windowsArgument).join(" ");

/**
 * One word of a line of a unit: in quotes, `%` and `$` doubled, so that systemd takes nothing in it for its own.
 * @see systemd.service(5), COMMAND LINES; systemd.syntax(7), QUOTING
 */
export const systemdWord = (text: string): string =>
	`"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%").replaceAll("$", "$$$$")}"`;
