import { readFile } from "node:fs/promises";
import { writeDurably } from "../../system/durable-files.ts";
import { until } from "../../system/until.ts";
import { drainedText } from "../gateway.ts";
import type { Fleet, Member } from "./fleet.ts";
import type { SupervisorPorts } from "./ports.ts";
import type { SupervisorSpec } from "./spec.ts";

/** What a server gets to end by itself, where it does not matter to the others. */
const GRACE_MS = 3_000;
/** What the requests and WebSockets of one get that gets no new ones, while the others answer. */
const DRAIN_MS = 30_000;
/** Until nginx has read its configuration and its old workers have ended, or only hold WebSockets any more. */
const RELOAD_MS = 4_000;
const LOOK_EVERY_MS = 50;

/**
 * Restarts every instance: those of one server one after the other, each without new requests while it restarts. A
 * server with one instance does not answer meanwhile. Whatever has not ended after `graceMs` is killed; default 3 s, for
 * one of several 30 s. @throws UserError of an instance that does not come up again
 */
export async function restartInPlace(
	fleet: Fleet,
	spec: SupervisorSpec,
	ports: SupervisorPorts,
	graceMs: number | undefined,
): Promise<void> {
	const servers = [...Map.groupBy(fleet.members, ({ instance }) => instance.server).values()];
	const several = servers.filter((members) => members.length > 1).flat();
	const single = servers.filter((members) => members.length === 1).flat();
	await Promise.all(single.map((member) => restarted(fleet, member, graceMs ?? GRACE_MS)));
	if (several.length === 0) return;
	const text = await readFile(spec.place.gateway, "utf8");
	try {
		for (const member of several) {
			await reload(fleet, spec, ports, drainedText(text, member.instance.port));
			await restarted(fleet, member, graceMs ?? DRAIN_MS);
		}
	} finally {
		await reload(fleet, spec, ports, text);
	}
}

async function restarted(fleet: Fleet, { instance, process }: Member, graceMs: number): Promise<void> {
	await process.restart(graceMs);
	await fleet.untilHealthy(process, fleet.healthUrl(instance));
}

/** nginx takes another configuration; its old workers end what they do. */
async function reload(
	{ gateway }: Fleet,
	{ place }: SupervisorSpec,
	ports: SupervisorPorts,
	text: string,
): Promise<void> {
	const { processes, clock } = ports;
	await writeDurably(place.gateway, text, { mode: 0o600 });
	const { pid } = gateway.status;
	if (pid === null) return;
	const before = await processes.children(pid);
	gateway.signal("SIGHUP");
	await until(clock, { everyMs: LOOK_EVERY_MS, withinMs: RELOAD_MS }, async () => {
		const now = await processes.children(pid);
		return (now.length > 0 && !before.some((old) => now.includes(old))) || undefined;
	});
}
