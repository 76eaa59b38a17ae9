import { UserError } from "../errors/errors.ts";
import type { TakenPort } from "../system/ports.ts";
import { instancesOf } from "./layout.ts";
import type { BackendPorts } from "./ports.ts";
import type { BackendSettings } from "./settings.ts";

/** Every port of a backend, with who wants it. */
const portsOf = (settings: BackendSettings): { name: string; port: number }[] => [
	...instancesOf(settings).map(({ name, port }) => ({ name, port })),
	{ name: "nginx", port: settings.nginx.port },
];

/** The ports of a backend that somebody holds. */
export async function takenPorts(
	{ ports }: Pick<BackendPorts, "ports">,
	settings: BackendSettings,
): Promise<TakenPort[]> {
	const found = await Promise.all(portsOf(settings).map(({ port }) => ports.taken(port)));
	return found.filter((one) => one !== undefined);
}

/** @throws UserError backend_port_taken: every port that cannot be had, and who holds it */
export async function assertFree(
	ports: Pick<BackendPorts, "ports" | "processes">,
	settings: BackendSettings,
): Promise<void> {
	const taken = await takenPorts(ports, settings);
	if (taken.length === 0) return;
	const wanted = new Map(portsOf(settings).map(({ name, port }) => [port, name]));
	const lines = taken.map((one) => `${wanted.get(one.port)} cannot have port ${one.port}: ${holderText(one)}`);
	const pid = taken.find(({ holder }) => holder?.pid !== undefined)?.holder?.pid;
	const hint = pid === undefined ? "choose another port" : `${await waysOut(ports, pid)}, or choose another port`;
	throw new UserError("backend_port_taken", lines.join("\n"), { hint });
}

/** What ends a process: a supervisor of ours would start again what somebody ends by hand. */
async function waysOut({ processes }: Pick<BackendPorts, "processes">, pid: number): Promise<string> {
	const { mark, cwd } = (await processes.find(pid)) ?? {};
	if (typeof mark !== "string") return `look at process ${pid} and end it yourself`;
	const where = cwd === undefined ? "" : ` in ${cwd}`;
	return `cres started process ${pid}${where}: stop that backend or service there`;
}

/** `process 4211 (node) listens there`. */
export function holderText({ host, code, holder }: TakenPort): string {
	if (code === "EACCES") return "this user may not listen on it";
	if (code !== "EADDRINUSE") return `it cannot be bound (${code})`;
	if (holder?.pid !== undefined) return `process ${holder.pid} (${holder.program ?? "?"}) holds it on ${host}`;
	if (holder?.user !== undefined) return `a process of user ${holder.user} holds it on ${host}`;
	return `another process holds it on ${host}`;
}
