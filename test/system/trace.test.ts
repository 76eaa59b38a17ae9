import { createServer, get } from "node:http";
import { connect, createServer as createHttp2 } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { askedLine } from "../../src/cli/asked-line.ts";
import { onAsked, traced, type Asked } from "../../src/system/trace.ts";

const plain = createServer((_, response) => response.writeHead(404).end());
const streams = createHttp2();
streams.on("stream", (stream) => stream.respond({ ":status": 200 }, { endStream: true }));
const portOf = (server: Server) => (server.address() as AddressInfo).port;
beforeAll(async () => {
	for (const server of [plain, streams])
		await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
	plain.close();
	streams.close();
});

it("tells of programs, HTTP by either client and gRPC's streams, without the query of an address", async () => {
	const told: Asked[] = [];
	onAsked((one) => told.push(one));
	await traced({ whom: "git", what: "status" }, async () => 0, String);
	await traced({ whom: "git", what: "log" }, () => Promise.reject(new Error("no git"))).catch(() => {});
	const url = `http://127.0.0.1:${portOf(plain)}/fetched?signature=secret`;
	await (await fetch(url)).text();
	await new Promise<void>((resolve) => void get(url.replace("fetched", "got"), (r) => r.resume().on("end", resolve)));
	const session = connect(`http://127.0.0.1:${portOf(streams)}`);
	await new Promise<void>((resolve) => {
		session.request({ ":path": "/temporal.WorkflowService/Describe" }).resume().on("close", resolve);
	});
	session.close();
	const host = (server: Server) => `127.0.0.1:${portOf(server)}`;
	expect(told.map(({ whom, what, outcome }) => [whom, what, outcome])).toEqual([
		["git", "status", "0"],
		["git", "log", "no git"],
		[host(plain), "GET /fetched", "404"],
		[host(plain), "GET /got", "404"],
		[host(streams), "Describe", expect.stringMatching(/^(?:answered|closed)$/)],
	]);
	expect(told.every(({ ms }) => ms >= 0)).toBe(true);
});

it("is one line without control characters", () => {
	const asked = { whom: "ghcr.io", what: "GET /\u001b[31m\nx", outcome: "200", ms: 43 };
	expect(askedLine(asked)).toBe("  ghcr.io: GET / x → 200 (43 ms)");
});
