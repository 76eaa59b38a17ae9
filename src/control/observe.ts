import { messageOf } from "../errors/errors.ts";
import type { ControlPorts } from "./control-ports.ts";
import type { Opened } from "./open.ts";
import { holderText } from "./port-holder.ts";
import type { Origin } from "./services.ts";
import type { Running } from "./sources/source.ts";

/** `held`: another program has its port; `unready`: it runs, or is external, and its health is not good. */
type ServiceState = "ready" | "unready" | "held" | "stopped";

/** One service as it is now. */
export interface ServiceRow {
	service: string;
	origin: Origin["kind"];
	state: ServiceState;
	/** Who started what runs: cres, as its record shows, or somebody else. */
	startedBy: "cres" | "other" | null;
	pid: number | null;
	at: string;
	/** What its health said, or why there is none. */
	detail: string;
	/** Its log file, if cres writes one. */
	log: string | null;
}

/** Looks for what runs of a service and asks for its health, at the same time. It only looks. */
export async function observe(ports: ControlPorts, { service, source, health }: Opened): Promise<ServiceRow> {
	const [running, { ready, detail }] = await Promise.all([
		source.look().catch((error: unknown) => ({ runs: false, why: messageOf(error) }) as Unseen),
		health(),
	]);
	const { origin, at } = service;
	const common = { service: service.name, origin: origin.kind, at, pid: pidOf(running), log: logOf(source) };
	// What a worker has polled outlives it by a minute: without its process it does not poll.
	const isGone = origin.kind !== "external" && service.ready.kind === "pollers" && !running.runs;
	if (ready && !isGone) return { ...common, state: "ready", startedBy: ownerOf(running) ?? "other", detail };
	if (running.runs || origin.kind === "external")
		return { ...common, state: "unready", startedBy: ownerOf(running), detail };
	const holder = await portHolder(ports, service.ports);
	if (holder !== undefined) return { ...common, state: "held", startedBy: "other", detail: `${holder}, and ${detail}` };
	const why = "why" in running ? running.why : isGone ? "its process does not run" : detail;
	return { ...common, state: "stopped", startedBy: null, detail: why };
}

type Unseen = { runs: false; why: string };

const pidOf = (running: Running | Unseen): number | null => (running.runs ? (running.pid ?? null) : null);

const ownerOf = (running: Running | Unseen): "cres" | "other" | null =>
	running.runs ? (running.ours ? "cres" : "other") : null;

const logOf = ({ log }: Opened["source"]): string | null => ("file" in log ? log.file : null);

/** `port 7233 is held by node (pid 4711)`; undefined when all are free. */
export async function portHolder(ports: ControlPorts, wanted: readonly number[]): Promise<string | undefined> {
	for (const port of wanted) {
		const taken = await ports.ports.taken(port);
		if (taken?.code === "EADDRINUSE") return `port ${port} is held by ${await holderText(ports, taken)}`;
	}
	return undefined;
}
