import { UserError, isOfSystem, messageOf } from "../errors/errors.ts";
import { prefixed } from "../system/progress.ts";
import type { ControlPorts } from "./control-ports.ts";
import { portHolder, type ServiceRow } from "./observe.ts";
import { openServices, type Opened } from "./open.ts";
import { pick } from "./pick.ts";
import type { Stopped } from "./sources/source.ts";
import { inTurnIfRoom } from "./turn.ts";

/** `left`: something runs there that cres did not start; `interrupted`: Ctrl-C came before it was stopped. */
interface StopRow extends Pick<ServiceRow, "service" | "origin"> {
	outcome: "stopped" | "was-stopped" | "left" | "failed" | "interrupted";
	detail: string;
}

export interface StopReport {
	services: StopRow[];
	failed: number;
}

const WAIT_MS = 60_000;

/**
 * Stops what cres started, those first that wait for others, and says what it leaves alone. After Ctrl-C nothing more is
 * stopped; what was asked to end may still do so, and the same command finds it again.
 * @throws UserError lease_held (busy), unknown_service (usage)
 */
export async function stop(ports: ControlPorts, names: readonly string[]): Promise<StopReport> {
	const opened = pick(await openServices(ports), names).toReversed();
	const services = await inTurnIfRoom(ports, "cres control stop", WAIT_MS, async (signal) => {
		const rows: StopRow[] = [];
		for (const one of opened) rows.push(await stopOne(ports, one, signal));
		return rows;
	});
	return { services, failed: services.filter(({ outcome }) => outcome === "failed").length };
}

async function stopOne(ports: ControlPorts, { service, source }: Opened, signal: AbortSignal): Promise<StopRow> {
	const common = { service: service.name, origin: service.origin.kind };
	if (service.origin.kind === "external") return { ...common, outcome: "left", detail: "external" };
	if (signal.aborted) return { ...common, outcome: "interrupted", detail: "not begun" };
	try {
		const stopped = await prefixed(ports.progress, service.name).step("stop", () => source.stop(signal));
		const holder = await portHolder(ports, service.ports);
		return { ...common, ...outcomeOf(stopped, holder) };
	} catch (error) {
		if (signal.aborted) return { ...common, outcome: "interrupted", detail: "it was asked to end" };
		if (!(error instanceof UserError) && !isOfSystem(error)) throw error;
		const hint = error instanceof UserError && error.hint !== undefined ? `; ${error.hint}` : "";
		return { ...common, outcome: "failed", detail: `${messageOf(error)}${hint}` };
	}
}

function outcomeOf(stopped: Stopped, holder: string | undefined): Pick<StopRow, "outcome" | "detail"> {
	if (stopped === "not-ours") return { outcome: "left", detail: "cres did not start it" };
	if (stopped === "stopped") return { outcome: "stopped", detail: holder === undefined ? "" : `but ${holder}` };
	if (holder !== undefined) return { outcome: "left", detail: `cres did not start it: ${holder}` };
	return { outcome: "was-stopped", detail: "" };
}
