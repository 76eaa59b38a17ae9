import { UserError, messageOf } from "../errors/errors.ts";
import type { Shell } from "./shell.ts";
import { redact } from "../secrets/secret.ts";

const TIMEOUT_MS = 15_000;
/** Of what it says. */
const MOST_CHARACTERS = 400;

/**
 * Runs one line of Windows PowerShell and reads the JSON that it prints; undefined when it prints nothing. `script` holds
 * nothing from outside but numbers, names that the schema of cres.yaml has bounded, and strings of powershellString.
 * @throws UserError windows_query_failed when it fails or prints no JSON
 */
export async function powershellJson(shell: Shell, script: string): Promise<unknown> {
	const args = ["-NoProfile", "-NonInteractive", "-Command", script];
	try {
		const { exitCode, stdout, stderr } = await shell.run("powershell.exe", args, { timeoutMs: TIMEOUT_MS });
		if (exitCode !== 0) throw new Error(`exit ${exitCode}: ${redact(stderr).trim().slice(0, MOST_CHARACTERS)}`);
		const text = stdout.replace(/^\uFEFF/, "").trim();
		return text === "" ? undefined : JSON.parse(text);
	} catch (cause) {
		throw new UserError("windows_query_failed", `Windows PowerShell does not answer: ${messageOf(cause)}`, {
			hint: "run powershell.exe -NoProfile -Command Get-CimInstance Win32_OperatingSystem, and correct what it says",
			cause,
		});
	}
}

/** A string of PowerShell, which nothing in it ends: it takes curly quotes for straight ones (about_Quoting_Rules). */
export const powershellString = (text: string): string => `'${text.replaceAll(/['\u2018-\u201B]/g, "$&$&")}'`;
