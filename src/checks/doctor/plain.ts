import { plainAddresses } from "../../perimeter/plain.ts";
import { ok, warn, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

/** What leads over a public network in clear. */
export const plainChecks = ({ config }: Pick<DoctorPorts, "config">): Check[] => [
	{
		name: "plain connections",
		fix: "set temporal.tls and store.secure in cres.yaml",
		async run() {
			const plain = await plainAddresses(config);
			if (plain.length === 0) return ok("none leads over a public network");
			const fixes = [...new Set(plain.map(({ fix }) => fix))].join(", ");
			return warn(
				plain.map(({ setting, address }) => `${setting} (${address}) is plain over a public network`).join("; "),
				`${fixes} in cres.yaml`,
			);
		},
	},
];
