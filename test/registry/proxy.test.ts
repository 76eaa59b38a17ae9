import { once } from "node:events";
import http, { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createRegistry } from "../../src/registry/registry.ts";
import { CERTIFICATE, serve } from "../support/loopback-server.ts";

/** A proxy that only opens tunnels (RFC 9110, section 9.3.6), and the addresses that it was asked for. */
async function tunnels(): Promise<{ url: string; asked: string[] }> {
	const asked: string[] = [];
	const server = createServer().on("connect", (request, socket) => {
		asked.push(request.url!);
		const [host, port] = request.url!.split(":");
		const upstream = connect(Number(port), host, () => {
			socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
			socket.pipe(upstream).pipe(socket);
		});
		for (const one of [socket, upstream]) one.on("error", () => {});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

type Restore = () => void;
const { setGlobalProxyFromEnv } = http as unknown as {
	setGlobalProxyFromEnv: (environment: Record<string, string>) => Restore;
};

it.each([
	["is reached through the proxy of the environment", "", true],
	["that NO_PROXY names is reached directly", "127.0.0.1", false],
])("M41: a registry with a CA of its own %s", async (_title, exempt, isProxied) => {
	const { url, asked } = await tunnels();
	onTestFinished(setGlobalProxyFromEnv({ HTTPS_PROXY: url, NO_PROXY: exempt }));
	const { host } = await serve(() => ({ status: 200 }), { tls: true });
	await createRegistry({ address: host, tls: true, ca: CERTIFICATE }, undefined).ping();
	expect(asked).toEqual(isProxied ? [host] : []);
});
