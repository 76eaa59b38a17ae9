import { connect, createServer } from "node:net";

/**
 * Makes loopback ports answer at another address of this machine too: `forwarder ADDRESS PORT…` listens on ADDRESS:PORT
 * and hands each connection to 127.0.0.1:PORT.
 */
const [address, ...ports] = process.argv.slice(2);
for (const port of ports.map(Number))
	createServer((socket) => {
		const upstream = connect(port, "127.0.0.1");
		socket.pipe(upstream).pipe(socket);
		for (const [one, other] of [[socket, upstream] as const, [upstream, socket] as const])
			one.once("error", () => other.destroy()).once("close", () => other.destroy());
	}).listen(port, address);
