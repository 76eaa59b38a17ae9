import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createSend, type HttpRequest } from "../../src/registry/http.ts";
import { CERTIFICATE, serve, type Reply } from "../support/loopback-server.ts";

const send = createSend({ timeoutMs: 5_000 });
const ok: Reply = { status: 200, body: "content" };
const credential = { authorization: "Basic sentinel", accept: "text/plain" };
const to = (location: string, status = 307): Reply => ({ status, headers: { location } });

describe("redirects", () => {
	it("keep the credential at the origin it was given for", async () => {
		const storage = await serve(() => ok);
		const registry = await serve(() => to(`${storage.origin}/signed?x=1`));
		const reply = await send({ method: "GET", url: new URL(`${registry.origin}/blob`), headers: credential });
		expect([reply.body.toString(), reply.url.href]).toEqual(["content", `${storage.origin}/signed?x=1`]);
		expect(registry.asked[0]!.headers).toMatchObject(credential);
		expect(storage.asked[0]!.headers).toMatchObject({ accept: "text/plain" });
		expect(storage.asked[0]!.headers).not.toHaveProperty("authorization");
	});

	it("keep the credential within the origin", async () => {
		const server = await serve(({ path }) => (path === "/a" ? to("/b") : ok));
		await send({ method: "GET", url: new URL(`${server.origin}/a`), headers: credential });
		expect(server.asked.map(({ path, headers }) => [path, headers.authorization])).toEqual([
			["/a", "Basic sentinel"],
			["/b", "Basic sentinel"],
		]);
	});

	it.each([301, 302, 303, 307, 308])("of a read are followed: %i", async (status) => {
		const server = await serve(({ path }) => (path === "/a" ? to("/b", status) : ok));
		for (const method of ["GET", "HEAD"] as const)
			expect(await send({ method, url: new URL(`${server.origin}/a`) })).toMatchObject({ status: 200 });
		expect(server.asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
			"GET /a",
			"GET /b",
			"HEAD /a",
			"HEAD /b",
		]);
	});

	it.each<[HttpRequest["method"], Reply]>([
		["PUT", to("/b")],
		["POST", to("/b")],
		["DELETE", to("/b")],
		["GET", to("/b", 300)],
		["GET", { status: 307 }],
		["GET", { status: 201, headers: { location: "/b" } }],
	])("are not made of %s and %o", async (method, reply) => {
		const server = await serve(() => reply);
		expect(await send({ method, url: new URL(`${server.origin}/a`) })).toMatchObject({ status: reply.status });
		expect(server.asked).toHaveLength(1);
	});

	it("end after five", async () => {
		const server = await serve(() => to("/again"));
		const url = new URL(`${server.origin}/a`);
		expect(await send({ method: "GET", url })).toMatchObject({ status: 307, url: new URL("/again", url) });
		expect(server.asked).toHaveLength(6);
	});
});

describe("requests", () => {
	it("carry method, headers that are set, and the body with its length", async () => {
		const server = await serve(() => ({ status: 201, headers: { "x-seen": "yes" } }));
		const url = new URL(`${server.origin}/up?x=1`);
		const reply = await send({
			method: "PUT",
			url,
			headers: { "x-one": "1", "x-none": undefined },
			body: Buffer.from("ü"),
		});
		expect(reply).toMatchObject({ status: 201, headers: { "x-seen": "yes" }, url });
		expect(server.asked[0]).toMatchObject({
			method: "PUT",
			path: "/up?x=1",
			headers: { "x-one": "1", "content-length": "2" },
			body: Buffer.from("ü"),
		});
		expect(server.asked[0]!.headers).not.toHaveProperty("x-none");
	});

	it("say that a write without a body has none, and nothing of it in a read", async () => {
		const server = await serve(() => ok);
		for (const method of ["POST", "GET", "HEAD"] as const) await send({ method, url: new URL(server.origin) });
		expect(server.asked.map(({ headers }) => headers["content-length"])).toEqual(["0", undefined, undefined]);
		expect(server.asked.map(({ headers }) => headers["transfer-encoding"])).toEqual([undefined, undefined, undefined]);
	});

	it("end when the other side is silent, and say for how long", async () => {
		const server = await serve(() => undefined);
		await expect(createSend({ timeoutMs: 100 })({ method: "GET", url: new URL(server.origin) })).rejects.toMatchObject({
			code: "ETIMEDOUT",
			message: "no answer in 0.1 s",
		});
	});

	it("reject with the system's error", async () => {
		await expect(send({ method: "GET", url: new URL("http://127.0.0.1:1") })).rejects.toMatchObject({
			code: "ECONNREFUSED",
		});
	});

	it("are sent again when a kept connection was closed just then, once for each connection", async () => {
		const used = new WeakSet<object>();
		const server = await serve(({ path }, { socket }) => {
			if (path === "/broken" || used.has(socket)) socket.destroy();
			used.add(socket);
			return socket.destroyed ? undefined : ok;
		});
		const put = (path: string): HttpRequest => ({
			method: "PUT",
			url: new URL(server.origin + path),
			body: Buffer.from(path),
		});
		expect(await send(put("/a"))).toMatchObject({ status: 200 });
		expect(await send(put("/b"))).toMatchObject({ status: 200 });
		expect(server.asked.map(({ body }) => body.toString())).toEqual(["/a", "/b", "/b"]);
		await expect(send(put("/broken"))).rejects.toMatchObject({ code: "ECONNRESET" });
	});

	it("are not sent again then when they must not be sent twice", async () => {
		const server = await serve(({ path }, { socket }) => (path === "/b" ? void socket.destroy() : ok));
		const url = (path: string) => new URL(server.origin + path);
		await send({ method: "GET", url: url("/a") });
		await expect(send({ method: "PUT", url: url("/b"), once: true })).rejects.toMatchObject({ code: "ECONNRESET" });
		expect(server.asked.map(({ path }) => path)).toEqual(["/a", "/b"]);
	});
});

it("a silence on a kept connection is no reason to ask again", async () => {
	let answers = 1;
	const server = await serve(() => (answers-- > 0 ? ok : undefined));
	const impatient = createSend({ timeoutMs: 200 });
	await impatient({ method: "GET", url: new URL(server.origin) });
	await expect(impatient({ method: "GET", url: new URL(server.origin) })).rejects.toMatchObject({ code: "ETIMEDOUT" });
	expect(server.asked).toHaveLength(2);
});

describe("TLS", () => {
	it("is agreed on once for requests in a row", async () => {
		const connections = new Set<object>();
		const server = await serve((_asked, { socket }) => (connections.add(socket), ok), { tls: true });
		const trusting = createSend({ timeoutMs: 5_000, ca: readFileSync(CERTIFICATE, "utf8") });
		for (let times = 0; times < 3; times++) await trusting({ method: "GET", url: new URL(server.origin) });
		expect(connections.size).toBe(1);
	});

	it("is verified by the CA that was given besides the system's", async () => {
		const server = await serve(() => ok, { tls: true });
		const url = new URL(server.origin);
		const trusting = createSend({ timeoutMs: 5_000, ca: readFileSync(CERTIFICATE, "utf8") });
		expect((await trusting({ method: "GET", url })).body.toString()).toBe("content");
		await expect(send({ method: "GET", url })).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
		const plain = await serve(() => ok);
		expect((await trusting({ method: "GET", url: new URL(plain.origin) })).status).toBe(200);
	});
});
