import type { Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** What each instance of cres.yaml has to be asked. */
export async function instanceChecks({
	config,
	machine: { platform },
	shell,
	...ports
}: Pick<DoctorPorts, "config" | "machine" | "shell" | "instance">): Promise<Check[]> {
	const instances = await Promise.all(Object.keys(config.instances).map((name) => ports.instance(name)));
	return instances.flatMap((instance) => instance.checks({ platform, shell }));
}
