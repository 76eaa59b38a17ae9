import type { ControlPorts } from "./control-ports.ts";
import { observe, type ServiceRow } from "./observe.ts";
import { openServices } from "./open.ts";
import { pick } from "./pick.ts";

export interface StatusReport {
	services: ServiceRow[];
	/** How many are not ready. */
	notReady: number;
}

/** Asks every service at the same time. It only looks. @throws UserError unknown_service (usage) */
export async function status(ports: ControlPorts, names: readonly string[]): Promise<StatusReport> {
	const opened = pick(await openServices(ports), names);
	const services = await Promise.all(opened.map((one) => observe(ports, one)));
	return { services, notReady: services.filter(({ state }) => state !== "ready").length };
}
