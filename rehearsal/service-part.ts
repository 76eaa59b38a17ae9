import { processService, type ProcessServiceOptions } from "../src/services/process-service.ts";
import type { Service } from "../src/services/service.ts";
import { systemClock } from "../src/system/clock.ts";
import { systemProcesses, type Program } from "../src/system/processes.ts";
import type { Layout, Part, PartContext } from "./part.ts";

/** A program of the perimeter as a service: its record and its log lie in the perimeter's directory. */
export const perimeterService = (
	{ directory }: Pick<Layout, "directory">,
	options: Omit<ProcessServiceOptions, "directory" | "processes" | "clock">,
): Service => processService({ ...options, directory, processes: systemProcesses, clock: systemClock });

export interface ServicePartOptions extends Pick<Part, "name" | "at" | "status"> {
	/** What to start; may write its configuration. */
	program(context: PartContext): Program | Promise<Program>;
	/** As of a service. */
	graceMs?: number;
}

/** A part that is one service. */
export function servicePart(part: ServicePartOptions): Part {
	const service = (context: PartContext): Service =>
		perimeterService(context, {
			...part,
			program: () => part.program(context),
			ready: () => part.status(context),
		});
	return {
		name: part.name,
		at: (layout) => part.at(layout),
		up: (context, signal) => service(context).up(signal),
		down: (context) => service(context).down(),
		status: (context) => part.status(context),
	};
}
