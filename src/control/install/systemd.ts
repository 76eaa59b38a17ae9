import { join } from "node:path";
import { UserError } from "../../errors/errors.ts";
import { writeDurably } from "../../system/durable-files.ts";
import { readTextIfExists, removeFile } from "../../system/files.ts";
import { controlServices } from "../services.ts";
import { entryNotes } from "./boot-line.ts";
import type { InstallOptions, InstallPorts, InstallReport } from "./install-ports.ts";
import { removeInstall, writeInstall, type InstallRecord, type UnitRecord } from "./record.ts";
import { unitText } from "./systemd-unit.ts";

const UNIT = "cres-control-plane.service";
const TIMEOUT_MS = 60_000;
const MARGIN_S = 60;

/** Writes and enables a unit. @throws UserError control_boot_taken, control_install_failed */
export async function installUnit(
	ports: InstallPorts,
	options: InstallOptions,
	earlier: InstallRecord | undefined,
): Promise<InstallReport> {
	const { config, node, clock } = ports;
	const scope = options.user ? "user" : "system";
	const file = join(ports.unitFolders[scope], UNIT);
	const before = earlier?.kind === "systemd" ? earlier : undefined;
	if (before && before.scope !== scope) throw otherScope(before.scope);
	const present = await readTextIfExists(file);
	if (present !== undefined && present !== before?.text && !options.replace) throw taken(file);
	const text = unitOf(ports, options.entry, scope);
	const report = reportOf(options, { file, text, scope });
	if (options.dryRun) return { ...report, outcome: "planned" };
	if (scope === "system" && !ports.isRoot) throw notRoot();
	const at = new Date(clock.now()).toISOString();
	const what = { version: 1, kind: "systemd", name: UNIT, file, text, scope } as const;
	await writeInstall(config.state, { ...what, program: node, entry: options.entry, at });
	await writeDurably(file, text);
	await systemctl(ports, scope, "daemon-reload");
	await systemctl(ports, scope, "enable", UNIT);
	return report;
}

const unitOf = (ports: InstallPorts, entry: string, scope: UnitRecord["scope"]): string =>
	unitText({
		scope,
		program: ports.node,
		args: [entry, "--config", ports.config.file],
		directory: ports.config.root,
		path: ports.path,
		timeoutS: waitS(ports) + MARGIN_S,
	});

const waitS = ({ config }: InstallPorts): number =>
	Math.ceil(controlServices(config, { s3: undefined }).reduce((sum, { waitMs }) => sum + waitMs, 0) / 1000);

interface Made {
	file: string;
	text: string;
	scope: UnitRecord["scope"];
}

function reportOf({ entry }: InstallOptions, { file, text, scope }: Made): InstallReport {
	const systemctl = scope === "user" ? "systemctl --user" : "systemctl";
	return {
		...{ outcome: "installed", kind: "systemd", name: UNIT, text },
		means: scope === "user" ? "as this user, once this user's systemd runs" : "as root, at start-up",
		forbids: scope === "user" ? "nothing starts before this user logs on, unless loginctl enable-linger was run" : null,
		steps: [`write ${file}`, `${systemctl} daemon-reload`, `${systemctl} enable ${UNIT}`],
		notes: [
			...(scope === "user" ? ["loginctl enable-linger, so that it starts without a login"] : []),
			...entryNotes(entry),
			`to try it now: ${systemctl} start ${UNIT}`,
		],
	};
}

/** Disables and removes the unit of the record. @throws UserError control_boot_taken, control_install_failed */
export async function uninstallUnit(ports: InstallPorts, record: UnitRecord, dryRun: boolean): Promise<InstallReport> {
	const { scope, file } = record;
	const present = await readTextIfExists(file);
	if (present !== undefined && present !== record.text) throw taken(file);
	const systemctlText = scope === "user" ? "systemctl --user" : "systemctl";
	const steps =
		present === undefined
			? []
			: [`${systemctlText} disable ${UNIT}`, `remove ${file}`, `${systemctlText} daemon-reload`];
	const what = { kind: record.kind, name: UNIT, steps, text: null, means: null, forbids: null };
	const report = { ...what, notes: ["what runs goes on: cres control stop"] };
	if (dryRun) return { ...report, outcome: "planned" };
	if (present !== undefined) {
		if (scope === "system" && !ports.isRoot) throw notRoot();
		await systemctl(ports, scope, "disable", UNIT);
		await removeFile(file);
		await systemctl(ports, scope, "daemon-reload");
	}
	await removeInstall(ports.config.state);
	return { ...report, outcome: "removed" };
}

async function systemctl({ shell }: InstallPorts, scope: UnitRecord["scope"], ...args: string[]): Promise<void> {
	const all = [...(scope === "user" ? ["--user"] : []), ...args];
	const { exitCode, stderr } = await shell
		.run("systemctl", all, { timeoutMs: TIMEOUT_MS })
		.catch((cause: unknown) => ({ exitCode: 127, stderr: `it cannot be run: ${String(Object(cause)["code"])}` }));
	if (exitCode === 0) return;
	throw new UserError("control_install_failed", `systemctl ${all.join(" ")} exits ${exitCode}: ${stderr.trim()}`, {
		hint: "cres control uninstall takes back what was done; this needs a Linux that systemd has started",
	});
}

const taken = (file: string) =>
	new UserError("control_boot_taken", `${file} is not what this cres.yaml has written there`, {
		hint: `look at it; if nobody needs it, remove it or run cres control install --replace`,
	});

const otherScope = (scope: string) =>
	new UserError("control_boot_taken", `the unit is registered already, for the ${scope}`, {
		hint: "cres control uninstall first",
	});

const notRoot = () =>
	new UserError("control_install_failed", "a unit of the system can be changed by root alone", {
		hint: "run the command again with sudo, or for this user alone: cres control install --user",
	});
