import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { expect, onTestFinished } from "vitest";

/** How a peer that accepts every connection is of no use. */
export const BAD_PEERS = ["silent", "dripping", "endless"] as const;
export type BadPeer = (typeof BAD_PEERS)[number];

const DRIP_EVERY_MS = 15;
const CHUNK = Buffer.alloc(65_536, "x");
const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";

/** What such a peer writes, after `head`, until the other side goes. */
export function misbehave(how: BadPeer, to: Writable, head = ""): void {
	if (how === "silent") return;
	to.write(head);
	if (how === "dripping") {
		const timer = setInterval(() => to.write("x"), DRIP_EVERY_MS);
		to.once("close", () => clearInterval(timer));
		return;
	}
	const flood = () => {
		let room = true;
		while (room && to.writable && !to.destroyed) room = to.write(CHUNK);
		if (!room) to.once("drain", () => setImmediate(flood));
	};
	flood();
}

interface BadServer {
	/** `127.0.0.1:<port>` */
	host: string;
	/** The same on a unix socket. */
	socket: string;
	/** Connections that are open. */
	open: Set<Socket>;
}

/** A server that answers HTTP that way, on a port and a unix socket, until the test ends. */
export async function badServer(how: BadPeer, head = HEAD): Promise<BadServer> {
	const open = new Set<Socket>();
	const folder = await mkdtemp(join(tmpdir(), "cres-bad-"));
	const listen = async (at: Parameters<ReturnType<typeof createServer>["listen"]>[0]) => {
		const server = createServer((socket) => {
			open.add(socket.on("error", () => {}));
			socket.once("close", () => open.delete(socket));
			socket.once("data", () => misbehave(how, socket, head)).resume();
		}).listen(at);
		await once(server, "listening");
		return server;
	};
	const socket = join(folder, "peer.sock");
	const servers = await Promise.all([listen({ port: 0, host: "127.0.0.1" }), listen({ path: socket })]);
	onTestFinished(async () => {
		for (const one of open) one.destroy();
		for (const server of servers) server.close();
		await rm(folder, { recursive: true, force: true });
	});
	return { host: `127.0.0.1:${(servers[0].address() as AddressInfo).port}`, socket, open };
}

/** What a call came to that must end by its own limits: its error, or `undefined` when it gave up without one. */
export async function endsByItself(name: string, call: () => Promise<unknown>, withinMs = 5_000): Promise<unknown> {
	const late = Symbol(name);
	let timer: NodeJS.Timeout | undefined;
	const limit = new Promise((resolve) => (timer = setTimeout(resolve, withinMs, late)));
	const ended = call().then(
		() => undefined,
		(error: unknown) => error,
	);
	const first = await Promise.race([ended, limit]);
	clearTimeout(timer);
	expect(first, `${name} goes on`).not.toBe(late);
	return first;
}
