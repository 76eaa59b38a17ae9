import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { putOff } from "../../src/registry/put-off.ts";
import { createRegistry } from "../../src/registry/registry.ts";

describe("M27: a registry whose connections break", () => {
	it("is asked again where the connection broke, or its name or address did not answer at once", async () => {
		let broken = 2;
		const server = createServer((socket) => {
			if (broken-- > 0) return socket.once("data", () => socket.resetAndDestroy());
			return socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
		});
		server.listen(0, "127.0.0.1");
		await once(server, "listening");
		const { port } = server.address() as AddressInfo;
		const registry = createRegistry({ address: `127.0.0.1:${port}`, tls: false }, undefined, { retryMs: 1 });
		await registry.ping();
		expect(broken).toBe(-1);
		server.close();
	});

	it.each([
		[{ code: "ECONNRESET" }, 1],
		[{ code: "EAI_AGAIN", syscall: "getaddrinfo" }, 1],
		[{ code: "ETIMEDOUT", syscall: "connect" }, 1],
		[{ code: "ETIMEDOUT" }, undefined],
		[{ code: "ECONNREFUSED", syscall: "connect" }, undefined],
		[{ code: "CERT_HAS_EXPIRED" }, undefined],
	])("after %j waits %s ms", (facts, ms) => {
		const error = new UserError("registry_unreachable", "x", { cause: Object.assign(new Error("x"), facts) });
		const patience = { tries: 2, retryMs: 1, pause: async () => {} };
		expect(putOff({ ok: false, error }, 1, patience)).toBe(ms);
		expect(putOff({ ok: false, error }, 2, patience)).toBeUndefined();
	});
});
