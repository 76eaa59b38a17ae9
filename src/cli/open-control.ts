import { homedir } from "node:os";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { ControlPorts } from "../control/control-ports.ts";
import type { InstallPorts } from "../control/install/install-ports.ts";
import type { Store } from "../store/store.ts";
import { childEnvironment } from "../system/child-environment.ts";
import type { ClockSkew } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import { controlBackends } from "./control-backends.ts";
import type { MachinePorts } from "./machine.ts";
import { openTemporal } from "./open-temporal.ts";

interface Parts {
	machine: MachinePorts;
	lines: Progress;
	store: () => Promise<Store>;
	skew: ClockSkew;
}

/** What `cres control` starts, asks and stops the services of this machine with. */
export const openControl = (config: Config, { machine, lines, store, skew }: Parts): ControlPorts => ({
	...machine,
	config,
	progress: lines,
	backend: controlBackends(machine, lines),
	platform: process.platform,
	findProgram: async (name) => {
		const { default: which } = await import("which");
		return (await which(name, { nothrow: true })) ?? undefined;
	},
	connectTemporal: () => openTemporal(config, skew),
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
