import { fail, ok, type Check } from "./check.ts";
import type { DoctorPorts } from "./doctor-ports.ts";

const MINIMUM_MAJOR = 24; // engines in package.json

/** Whether Node is new enough. */
export const nodeChecks = ({ machine }: Pick<DoctorPorts, "machine">): Check[] => {
	const fix = `install Node ${MINIMUM_MAJOR} or newer (https://nodejs.org) and run cres with it`;
	const isEnough = Number.parseInt(machine.node) >= MINIMUM_MAJOR;
	return [
		{ name: "node", fix, run: async () => (isEnough ? ok(`Node ${machine.node}`) : fail(`Node ${machine.node}`, fix)) },
	];
};
