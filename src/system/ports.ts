import { once } from "node:events";
import { readFile, readdir, readlink } from "node:fs/promises";
import { createServer } from "node:net";
import { codeOf } from "../errors/errors.ts";

/** Why a port cannot be had. */
export interface TakenPort {
	port: number;
	/** `127.0.0.1` or `::1`. */
	host: string;
	/** `EADDRINUSE`, `EACCES`. */
	code: string;
	/** Who listens, where the system tells it; another user's process has no pid. */
	holder?: { pid?: number; program?: string; user?: number };
}

/** The ports of this machine. */
export interface Ports {
	/** Undefined when both loopback addresses are free: it binds them for a moment. */
	taken(port: number): Promise<TakenPort | undefined>;
}

export const systemPorts: Ports = {
	async taken(port) {
		for (const host of ["127.0.0.1", "::1"]) {
			const code = await bindFault(host, port);
			// A machine may have no IPv6.
			if (code === undefined || code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT") continue;
			const holder = code === "EADDRINUSE" ? await holderOf(port) : undefined;
			return { port, host, code, ...(holder ? { holder } : {}) };
		}
		return undefined;
	},
};

async function bindFault(host: string, port: number): Promise<string | undefined> {
	const server = createServer();
	try {
		server.listen({ host, port, exclusive: true });
		await once(server, "listening");
		return undefined;
	} catch (error) {
		return codeOf(error) ?? "unknown";
	} finally {
		if (server.listening) {
			server.close();
			await once(server, "close");
		}
	}
}

/** On Linux: see proc_net_tcp in the kernel's documentation; undefined elsewhere, or when nobody listens any more. */
async function holderOf(port: number): Promise<TakenPort["holder"]> {
	const texts = await Promise.all(["tcp", "tcp6"].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")));
	const [listener] = texts.flatMap((text) => listenersIn(text, port));
	if (!listener) return undefined;
	const pid = await ownerOf(`socket:[${listener.inode}]`);
	if (pid === undefined) return { user: listener.user };
	const program = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
	return { pid, user: listener.user, ...(program === "" ? {} : { program }) };
}

const LISTENS = "0A";

/** Sockets that listen on a port, in the text of `/proc/net/tcp` or `/proc/net/tcp6`. */
export function listenersIn(text: string, port: number): { inode: string; user: number }[] {
	const end = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
	return text.split("\n").flatMap((line) => {
		const [, local, , state, , , , user, , inode] = line.trim().split(/\s+/);
		return local?.endsWith(end) && state === LISTENS ? [{ inode: inode!, user: Number(user) }] : [];
	});
}

async function ownerOf(link: string): Promise<number | undefined> {
	const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
	for (const pid of pids) {
		const directory = `/proc/${pid}/fd`;
		const fds = await readdir(directory).catch(() => []); // gone, or another user's
		const links = await Promise.all(fds.map((fd) => readlink(`${directory}/${fd}`).catch(() => "")));
		if (links.includes(link)) return Number(pid);
	}
	return undefined;
}
