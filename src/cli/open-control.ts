import { homedir } from "node:os";
import { join } from "node:path";
import type { DoctorPorts } from "../checks/doctor/doctor-ports.ts";
import type { ControlPorts } from "../control/control-ports.ts";
import type { InstallPorts } from "../control/install/install-ports.ts";
import type { Store } from "../store/store.ts";
import { systemAnswers } from "../system/answers.ts";
import { childEnvironment } from "../system/child-environment.ts";
import type { ClockSkew } from "../system/clock.ts";
import { systemPorts } from "../system/ports.ts";
import { systemProcesses } from "../system/processes.ts";
import type { Progress } from "../system/progress.ts";
import { controlBackends } from "./control-backends.ts";
import { openTemporal } from "./open-temporal.ts";

interface Parts {
	/** The package's. */
	root: string;
	lines: Progress;
	store: () => Promise<Store>;
	skew: ClockSkew;
}

/** What `cres control` starts, asks and stops the services of this machine with. */
export const openControl = (
	common: Pick<ControlPorts, "config" | "shell" | "clock" | "signal">,
	{ root, lines, store, skew }: Parts,
): ControlPorts => ({
	...common,
	progress: lines,
	processes: systemProcesses,
	ports: systemPorts,
	answers: systemAnswers,
	backend: controlBackends(root, lines, common.signal),
	platform: process.platform,
	findProgram: async (name) => {
		const { default: which } = await import("which");
		return (await which(name, { nothrow: true })) ?? undefined;
	},
	connectTemporal: () => openTemporal(common.config, skew),
	store,
});

/** What registers the boot with this machine. */
export const openInstall = (common: Pick<ControlPorts, "config" | "shell" | "clock">): InstallPorts => ({
	...common,
	platform: process.platform,
	node: process.execPath,
	path: childEnvironment()["PATH"] ?? "",
	unitFolders: { system: "/etc/systemd/system", user: join(homedir(), ".config", "systemd", "user") },
	isRoot: process.getuid?.() === 0,
});

/** What the doctor looks at of both. */
export const controlLook = (
	control: () => ControlPorts,
	install: () => InstallPorts,
): Pick<DoctorPorts, "controlService" | "controlInstall"> => ({
	controlService: async (name) => {
		const { status } = await import("../control/status.ts");
		const { services } = await status(control(), [name]);
		return services[0]!;
	},
	controlInstall: async () => (await import("../control/install/look.ts")).lookAtInstall(install()),
});
