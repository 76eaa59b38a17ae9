import { createServer, type Server, type Socket } from "node:net";
import { UserError, codeOf, messageOf } from "../errors/errors.ts";
import type { ContainerPorts } from "../instances/attached.ts";
import type { Mapping } from "./mapping.ts";

const LOCAL = "127.0.0.1";

/** Open local ports. */
interface Forwards {
	/** Ends with the connection: resolves when `close` was called, rejects with connection_lost. */
	ended: Promise<void>;
	close(): void;
}

/**
 * Opens each local port on 127.0.0.1 and leads what connects there to a port of the container, as the container sees it.
 * All ports are open, or none is.
 * @param note told once for each port of the instance that refuses
 * @throws UserError port_busy, port_refused
 */
export async function openForwards(
	container: Pick<ContainerPorts, "openPort" | "onLost">,
	mappings: readonly Mapping[],
	note: (text: string) => void,
): Promise<Forwards> {
	const open: { close(): void }[] = [];
	const shut = () => open.forEach((one) => one.close());
	const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
	ended.catch(() => {}); // it may be lost before anybody waits
	container.onLost((error) => {
		shut();
		reject(error);
	});
	try {
		for (const mapping of mappings) open.push(await openForward(container, mapping, note));
	} catch (error) {
		shut();
		throw error;
	}
	return {
		ended,
		close() {
			shut();
			resolve();
		},
	};
}

async function openForward(
	container: Pick<ContainerPorts, "openPort">,
	mapping: Mapping,
	note: (text: string) => void,
): Promise<{ close(): void }> {
	const sockets = new Set<Socket>();
	let told = false;
	const server = await listen(mapping, (socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
		lead(container, socket, mapping.remote).catch((error: unknown) => {
			if (!told) note(`port ${mapping.remote} of the instance: ${messageOf(error)}`);
			told = true;
		});
	});
	return {
		close() {
			server.close();
			for (const socket of sockets) socket.destroy();
		},
	};
}

async function lead(container: Pick<ContainerPorts, "openPort">, socket: Socket, port: number): Promise<void> {
	socket.on("error", () => socket.destroy()); // whoever connected has gone: nobody is there to be told
	try {
		const channel = await container.openPort(port);
		if (socket.destroyed) return void channel.destroy();
		channel.on("error", () => socket.destroy()).once("close", () => socket.end());
		socket.once("close", () => channel.destroy());
		socket.pipe(channel).pipe(socket);
	} catch (error) {
		socket.destroy();
		throw error;
	}
}

function listen({ local, remote }: Mapping, onConnection: (socket: Socket) => void): Promise<Server> {
	return new Promise((resolve, reject) => {
		const server = createServer({ allowHalfOpen: true }, onConnection);
		server.once("error", (error) => reject(cannotListen(local, remote, error)));
		server.listen(local, LOCAL, () => resolve(server));
	});
}

function cannotListen(local: number, remote: number, cause: unknown): UserError {
	const busy = codeOf(cause) === "EADDRINUSE";
	const message = busy
		? `port ${local} of this machine is in use`
		: `port ${local} of this machine cannot be opened: ${messageOf(cause)}`;
	return new UserError(busy ? "port_busy" : "port_refused", message, {
		hint: `give another local port: ${local < 50_000 ? local + 10_000 : local - 10_000}:${remote}`,
		cause,
	});
}
