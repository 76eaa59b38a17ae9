import type { Socket } from "node:net";
import type { Dialled, Rung, Server, Tools } from "./tools.ts";

/** Resolver, then a connection, then TLS. */
export async function dial(tools: Tools, server: Server, rungs: Rung[]): Promise<Dialled | undefined> {
	const net = process.getBuiltinModule("node:net");
	const tls = process.getBuiltinModule("node:tls");
	const { lookup } = process.getBuiltinModule("node:dns").promises;
	const way = server.tls;
	const opened = <S extends Socket>(socket: S, event: string): Promise<S> =>
		new Promise((resolve, reject) => {
			const fail = (error: Error) => {
				socket.destroy();
				reject(error);
			};
			socket.setTimeout(2_500, () => fail(new Error("no answer in 2.5 s")));
			socket.once("error", fail);
			socket.once(event, () => {
				socket.setTimeout(0);
				socket.removeListener("error", fail);
				socket.on("error", () => {});
				resolve(socket);
			});
		});
	const addresses = await tools.rung(rungs, "resolver", async () => {
		if (server.host === "") throw new Error("no address is set");
		const found = await lookup(server.host, { all: true });
		if (found.length === 0) throw new Error(`${server.host} has no address`);
		return { value: found, detail: found.map(({ address }) => address).join(", ") };
	});
	if (!addresses) return undefined;
	const connected = await tools.rung(rungs, "tcp", async () => {
		let failure: unknown;
		for (const { address } of addresses) {
			try {
				const socket = await opened(net.connect({ host: address, port: server.port }), "connect");
				return { value: socket, detail: `${address}:${server.port}` };
			} catch (error) {
				failure = error;
			}
		}
		throw failure;
	});
	if (!connected || !way) return connected && { socket: connected, certificate: undefined };
	let certificate: Dialled["certificate"];
	const secured = await tools.rung(rungs, "tls", async () => {
		const { ca, serverName, cert, key, protocols } = way;
		const socket = tls.connect({
			...{ socket: connected, rejectUnauthorized: false, ca, cert, key },
			...(protocols ? { ALPNProtocols: protocols } : {}),
			...(net.isIP(serverName) ? {} : { servername: serverName }),
		});
		await opened(socket, "secureConnect");
		const shown = socket.getPeerCertificate();
		certificate = { subject: String(shown.subject?.CN ?? shown.subjectaltname), notAfter: Date.parse(shown.valid_to) };
		const fault = socket.authorizationError ?? tls.checkServerIdentity(serverName, shown);
		if (!fault) return { value: socket, detail: `${socket.getProtocol()}, ${certificate.subject}` };
		socket.destroy();
		throw new Error(fault instanceof Error ? fault.message : String(fault));
	});
	return secured ? { socket: secured, certificate } : undefined;
}
