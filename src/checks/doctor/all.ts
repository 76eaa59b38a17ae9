import type { Check } from "./check.ts";
import { backendChecks } from "./backend.ts";
import { clockChecks } from "./clock.ts";
import { controlChecks } from "./control.ts";
import { diskChecks } from "./disk.ts";
import { dockerChecks } from "./docker.ts";
import { githubChecks } from "./github.ts";
import { instanceChecks } from "./instances.ts";
import { nodeChecks } from "./node.ts";
import { plainChecks } from "./plain.ts";
import { portChecks } from "./ports.ts";
import { registryChecks } from "./registry.ts";
import { secretChecks } from "./secrets.ts";
import { storeChecks } from "./store.ts";
import { temporalChecks } from "./temporal.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** The checks of this configuration, in the order in which they are printed. */
export const allChecks = async (ports: DoctorPorts): Promise<Check[]> => [
	...[
		nodeChecks,
		dockerChecks,
		diskChecks,
		secretChecks,
		portChecks,
		backendChecks,
		registryChecks,
		githubChecks,
		temporalChecks,
		storeChecks,
		controlChecks,
		plainChecks,
		clockChecks,
	].flatMap((make) => make(ports)),
	...(await instanceChecks(ports)),
];
