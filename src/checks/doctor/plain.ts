import { plainAddresses } from "../../perimeter/plain.ts";
import { ok, warn, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** What leads over a public network in clear. */
export const plainChecks = ({ config }: Pick<DoctorPorts, "config">): Check[] => [
	{
		name: "plain connections",
		fix: "set temporal.tls and store.secure in cres.yaml",
		async run() {
			const instances = Object.entries(config.instances).map(([name, { env }]) => ({ name, env }));
			const plain = await plainAddresses(config, instances);
			if (plain.length === 0) return ok("none to Temporal or the store, but those of this machine or allowed");
			return warn(plain.map(({ message }) => message).join("; "), plain.map(({ fix }) => fix).join("; "));
		},
	},
];
