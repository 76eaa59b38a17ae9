import type { DoctorPorts } from "../checks/doctor/doctor-ports.ts";
import type { ControlPorts } from "../control/control-ports.ts";
import type { InstallPorts } from "../control/install/install-ports.ts";
import { openRegistry } from "./open-registry.ts";

/** Shorter than the time for a check, so that the registry's own message is shown and no request outlives the report. */
const REGISTRY_TIMEOUT_MS = 3_000;

type Given = Pick<
	DoctorPorts,
	"config" | "shell" | "clock" | "processes" | "ports" | "signal" | "temporal" | "store" | "instance"
>;

interface ControlPlane {
	control: () => ControlPorts;
	install: () => InstallPorts;
}

/** What the checks of `cres doctor` ask. */
export const openDoctor = (given: Given, { control, install }: ControlPlane): DoctorPorts => ({
	...given,
	registry: (side) => openRegistry(given.config, side, { timeoutMs: REGISTRY_TIMEOUT_MS, tries: 1 }),
	machine: { platform: process.platform, node: process.versions.node },
	docker: async (ended) => (await import("../image/docker-cli.ts")).findDocker(given.shell, ended),
	tokenScopes: async (token, ended) => (await import("../github/token.ts")).tokenScopes(token, ended),
	serverTime: async (url, ca) => (await import("../registry/server-time.ts")).readServerTime(url, ca),
	controlService: async (name) => {
		const { status } = await import("../control/status.ts");
		const { services } = await status(control(), [name]);
		return services[0]!;
	},
	controlInstall: async () => (await import("../control/install/look.ts")).lookAtInstall(install()),
});
