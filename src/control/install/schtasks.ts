import { UserError } from "../../errors/errors.ts";
import type { Shell } from "../../system/shell.ts";

const TIMEOUT_MS = 60_000;

/** The Windows Task Scheduler by its program (learn.microsoft.com/windows-server/administration/windows-commands/schtasks). */
export interface Schtasks {
	/** XML of a task; undefined: there is none. Its texts are in the console's code page. */
	read(name: string): Promise<string | undefined>;
	/** Registers a file, in place of a task of that name. */
	create(name: string, file: string): Promise<void>;
	change(name: string, to: "enable" | "disable"): Promise<void>;
	remove(name: string): Promise<void>;
}

/** Calls throw UserError control_install_failed. */
export function openSchtasks(shell: Shell): Schtasks {
	const ask = (args: readonly string[]) => shell.run("schtasks.exe", args, { timeoutMs: TIMEOUT_MS });
	const must = async (...args: string[]) => {
		const { exitCode, stdout, stderr } = await ask(args);
		if (exitCode === 0) return;
		const said = (stderr.trim() || stdout.trim()).split(/\r?\n/)[0];
		throw new UserError("control_install_failed", `schtasks.exe ${args.join(" ")} exits ${exitCode}: ${said}`, {
			hint: "run the command again in a console of an administrator",
		});
	};
	return {
		async read(name) {
			const { exitCode, stdout } = await ask(["/query", "/tn", name, "/xml"]);
			return exitCode === 0 ? stdout : undefined;
		},
		create: (name, file) => must("/create", "/tn", name, "/xml", file, "/f"),
		change: (name, to) => must("/change", "/tn", name, `/${to}`),
		remove: (name) => must("/delete", "/tn", name, "/f"),
	};
}

/** Whether a task's own settings let it run; those of its triggers stand elsewhere in the XML. */
export function isEnabled(xml: string): boolean {
	const settings = /<Settings>([\s\S]*?)<\/Settings>/.exec(xml)?.[1] ?? "";
	return !/<Enabled>\s*false\s*<\/Enabled>/i.test(settings);
}
