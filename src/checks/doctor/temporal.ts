import { fail, ok, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** Whether Temporal answers and has the namespace. */
export const temporalChecks = ({ config, ...ports }: Pick<DoctorPorts, "config" | "temporal">): Check[] => {
	const { address, namespace } = config.temporal;
	return [
		{
			name: "temporal",
			fix: `check temporal.address (${address}) in cres.yaml and that the server runs`,
			async run() {
				const temporal = await ports.temporal();
				if (await temporal.namespaceExists()) return ok(`${address} has namespace ${namespace}`);
				return fail(`${address} has no namespace ${namespace}`, "cres control prepare");
			},
		},
	];
};
