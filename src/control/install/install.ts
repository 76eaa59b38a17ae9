import { UserError } from "../../errors/errors.ts";
import { refusePlain } from "../../perimeter/plain.ts";
import type { InstallOptions, InstallPorts, InstallReport } from "./install-ports.ts";
import { readInstall } from "./record.ts";
import { installUnit, uninstallUnit } from "./systemd.ts";
import { installTask, uninstallTask } from "./windows.ts";

/**
 * Has this machine boot the control plane when it starts. What it changes stands in a record first.
 * @throws UserError plain_connection, as each boot would; control_install_unsupported, control_boot_taken, control_install_failed
 */
export async function install(ports: InstallPorts, options: InstallOptions): Promise<InstallReport> {
	await refusePlain(ports.config);
	const earlier = await readInstall(ports.config.state);
	if (ports.platform === "win32") return installTask(ports, options, earlier);
	if (ports.platform === "linux") return installUnit(ports, options, earlier);
	throw new UserError("control_install_unsupported", `cres knows no start-up of ${ports.platform}`, {
		hint: "have the system run cres control boot when it starts",
	});
}

/** Undoes what the record says, and nothing else. @throws UserError control_not_installed, control_boot_taken, control_install_failed */
export async function uninstall(ports: InstallPorts, dryRun: boolean): Promise<InstallReport> {
	const record = await readInstall(ports.config.state);
	if (!record)
		throw new UserError("control_not_installed", "this cres.yaml has registered nothing that starts it", {
			hint: "cres control install --dry-run shows what it would register",
		});
	return record.kind === "systemd" ? uninstallUnit(ports, record, dryRun) : uninstallTask(ports, record, dryRun);
}

/** One screen: what was done or would be, as whom, and what that forbids. */
export const renderInstall = ({ outcome, name, steps, text, means, forbids, notes }: InstallReport): string =>
	[
		outcome === "planned" ? `${name}; nothing is changed (--dry-run), it would:` : `${name} is ${outcome}:`,
		...steps.map((step, at) => `  ${at + 1}. ${step}`),
		...(means === null ? [] : [`it runs:  ${means}`]),
		...(forbids === null ? [] : [`forbids:  ${forbids}`]),
		...notes.map((note) => `note:     ${note}`),
		...(text === null || outcome !== "planned" ? [] : ["", text.replaceAll("\r\n", "\n").trimEnd()]),
	].join("\n");
