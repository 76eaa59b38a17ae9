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
 * One word of a unit: in quotes, with what systemd would take for a specifier doubled.
 * @see systemd.syntax(7), QUOTING; systemd.unit(5), SPECIFIERS
 */
export const systemdWord = (text: string): string =>
	`"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("%", "%%")}"`;

/** The same in a command, where `$` begins a variable (systemd.service(5), COMMAND LINES). */
export const systemdArgument = (text: string): string => systemdWord(text).replaceAll("$", "$$$$");
