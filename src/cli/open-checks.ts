import type { DoctorPorts } from "../checks/doctor/doctor-ports.ts";
import type { RuntimePorts } from "../checks/runtime/ports.ts";
import type { Config } from "../config/config.ts";
import type { ControlPorts } from "../control/control-ports.ts";
import type { InstallPorts } from "../control/install/install-ports.ts";
import type { Instance } from "../instances/instance.ts";
import type { ClockSkew } from "../system/clock.ts";
import type { Progress } from "../system/progress.ts";
import type { MachinePorts } from "./machine.ts";
import { openControl, openInstall } from "./open-control.ts";
import { openDoctor } from "./open-doctor.ts";
import type { Common, Ports } from "./open-ports.ts";

interface Given {
	common: Common;
	ports: Ports;
	machine: MachinePorts;
	/** Progress in lines. */
	lines: Progress;
	skew: ClockSkew;
	instance: (name: string) => Promise<Instance>;
}

/** The control plane, and what looks at everything. */
export interface Checks {
	/** What the control plane of this machine is started and asked with. */
	control(): ControlPorts;
	/** What has this machine boot it at its start. */
	install(): InstallPorts;
	/** What the checks of `cres doctor` ask. */
	doctor(): DoctorPorts;
	/** What a runtime triage asks. */
	triage(): RuntimePorts;
}

/** What is opened is opened when it is first asked for. */
export function openChecks({ common, ports, machine, lines, skew, instance }: Given): Checks {
	const { config } = common;
	const control = () => openControl(config, { machine, lines, store: ports.store, skew });
	const install = () => openInstall(common);
	return {
		control,
		install,
		doctor: () => openDoctor({ ...machine, ...common, ...ports, instance }, { control, install }),
		triage: () => ({ ...common, ...ports, instance, drift: driftPort(config) }),
	};
}

const driftPort =
	(config: Config): RuntimePorts["drift"] =>
	async (instance, running, releases) => {
		const [{ driftOf }, { fingerprintKey }] = await Promise.all([
			import("../rollout/status.ts"),
			import("../state/fingerprint-key.ts"),
		]);
		return driftOf(config, instance, { running, releases: [...releases], key: await fingerprintKey(config.state) });
	};
