import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { acceptsTcp, answersHttp } from "../../src/system/answers.ts";

let server: Server;
let port: number;
beforeEach(async () => {
	server = createServer((_, response) => response.writeHead(503).end("not yet")).listen(0, "127.0.0.1");
	await once(server, "listening");
	({ port } = server.address() as AddressInfo);
});
const close = async () => {
	server.close().closeAllConnections();
	if (server.listening) await once(server, "close");
};
afterEach(close);

it("takes any HTTP answer", async () => {
	expect(await answersHttp(`http://127.0.0.1:${port}/`)).toBe(true);
	await close();
	await expect(answersHttp(`http://127.0.0.1:${port}/`)).rejects.toThrow("fetch failed");
});

it("sees who accepts connections", async () => {
	expect(await acceptsTcp(port)).toBe(true);
	await close();
	expect(await acceptsTcp(port)).toBe(false);
});
