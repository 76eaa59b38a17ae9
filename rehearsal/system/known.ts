import { join } from "node:path";
import { writeDurably } from "../../src/system/durable-files.ts";
import { readTextIfExists } from "../../src/system/files.ts";
import { systemShell } from "../../src/system/shell.ts";
import { dockerAt } from "../docker-client.ts";
import { instanceSocket } from "../parts/instance.ts";
import type { Layout } from "../part.ts";
import { INSTANCE } from "../project.ts";
import type { KnownFault } from "../vast/control.ts";
import { isSystemFault, SYSTEM_FAULTS, systemFaultNames, type SystemFaultName } from "./faults.ts";
import { healFault, injectFault, type FaultyInstance } from "./inject.ts";

export { isSystemFault };

/** The instance of the rehearsal that is a host with a Docker daemon. */
export const faultyInstance = async (layout: Layout): Promise<FaultyInstance> => ({
	...{ docker: await dockerAt(instanceSocket(layout)), shell: systemShell },
	...{ project: "rehearsal", instance: INSTANCE, gateway: layout.bridge.gateway },
});

/** Which are on: the faults themselves are in a container, which does not say so. */
const record = ({ directory }: Pick<Layout, "directory">): string => join(directory, "system-faults.json");

async function readOn(layout: Layout): Promise<SystemFaultName[]> {
	const names = JSON.parse((await readTextIfExists(record(layout))) ?? "[]") as string[];
	return names.filter(isSystemFault);
}

const writeOn = (layout: Layout, names: readonly string[]): Promise<void> =>
	writeDurably(record(layout), JSON.stringify([...new Set(names)]));

/** Makes the instance fail so. @throws UserError rehearsal_failed */
export async function switchOn(layout: Layout, name: SystemFaultName): Promise<void> {
	await injectFault(await faultyInstance(layout), name);
	await writeOn(layout, [...(await readOn(layout)), name]);
}

/** Undoes one, or all that are on; those of the simulated Vast are none of them. */
export async function switchOff(layout: Layout, name?: string): Promise<void> {
	const on = await readOn(layout);
	const off = on.filter((one) => name === undefined || one === name);
	for (const one of off) await healFault(await faultyInstance(layout), one);
	if (off.length > 0)
		await writeOn(
			layout,
			on.filter((one) => !off.includes(one)),
		);
}

/** Every one, and where it is on. */
export async function knownSystemFaults(layout: Layout): Promise<SystemRow[]> {
	const on = await readOn(layout);
	return systemFaultNames.map((name) => ({
		...{ name, group: "system", lasting: "standing", meaning: SYSTEM_FAULTS[name].meaning, set: [] },
		on: on.includes(name) ? INSTANCE : null,
	}));
}

/** A fault of a running instance among those of the simulated Vast. */
export type SystemRow = KnownFault & { on: string | null };
