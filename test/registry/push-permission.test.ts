import { describe, expect, it } from "vitest";
import { withLogin } from "../../src/image/docker-config.ts";
import { createRegistry } from "../../src/registry/registry.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { apiHost, loginServer } from "../../src/system/docker-hub.ts";
import { serve, type Reply } from "../support/loopback-server.ts";
import { loopbackRegistry } from "./loopback-registry.ts";

const callsOf = (asked: readonly { method: string; path: string }[]) =>
	asked.map(({ method, path }) => `${method} ${path}`);

describe("T23: whether images may be pushed", () => {
	it("is asked by an upload that is begun and given up", async () => {
		const { client, asked, stored } = await loopbackRegistry();
		await client("pass-word-1").mayPush("o/app");
		expect(callsOf(asked)).toEqual(["POST /v2/o/app/blobs/uploads/", "DELETE /v2/o/app/blobs/uploads/session?state=1"]);
		expect(stored.size).toBe(0);
	});

	it.each(["basic", "bearer"] as const)(
		"is denied for a wrong password, which /v2/ need not notice: %s",
		async (login) => {
			const anonymous = (path: string): Reply | undefined => (path === "/v2/" ? { status: 200 } : undefined);
			const { client, host } = await loopbackRegistry({ login, instead: ({ path }) => anonymous(path) });
			await client("wrong-word").ping();
			await expect(client("wrong-word").mayPush("o/app")).rejects.toMatchObject({
				code: "push_denied",
				message: `the registry ${host} does not let you push to o/app: the registry ${host} refuses the credential (HTTP 401)`,
			});
			await client("pass-word-1").mayPush("o/app");
		},
	);

	it("is denied to who may only read, for that repository", async () => {
		const denied = { status: 403, headers: { "content-type": "application/json" }, body: '{"errors":[]}' };
		const { client } = await loopbackRegistry({ instead: ({ method }) => (method === "POST" ? denied : undefined) });
		await expect(client("pass-word-1").mayPush("o/app")).rejects.toMatchObject({
			code: "push_denied",
			hint: "give REGISTRY_USERNAME the right to push to o/app, or correct image.repository in cres.yaml, then cres doctor",
		});
	});
});

describe("T23: a page where a registry should be", () => {
	const page = (status: number, body = "<html><head><title>\n Sign in\n</title></head><body>long</body>"): Reply => ({
		status,
		headers: { "content-type": "text/html; charset=utf-8" },
		body,
	});
	const client = (host: string) =>
		createRegistry({ address: host, tls: false }, undefined, { timeoutMs: 1_000, tries: 1 });

	it.each([200, 403])("is no answer of one: %d", async (status) => {
		const { host } = await serve(() => page(status));
		await expect(client(host).ping()).rejects.toMatchObject({
			code: "registry_error",
			message: `${host} answered HTTP ${status} with an HTML page, "Sign in", not as a registry`,
			hint: expect.stringContaining("registry.push.address"),
		});
		await expect(client(host).resolve("o/app", "latest")).rejects.toMatchObject({ code: "registry_error" });
	});

	it("behind a redirect is named by its own host", async () => {
		const { origin, host: there } = await serve(() => page(200, "<p>no title"));
		const { host } = await serve(() => ({ status: 302, headers: { location: `${origin}/welcome` } }));
		await expect(client(host).ping()).rejects.toMatchObject({
			message: `${there} answered HTTP 200 with an HTML page, not as a registry`,
		});
	});

	it("of a failing proxy is one line", async () => {
		const { host } = await serve(() => page(502, "<title>502 Bad Gateway</title>\n<hr>nginx\n"));
		await expect(client(host).ping()).rejects.toMatchObject({
			message: `the registry ${host} answered HTTP 502 to GET /v2/: an HTML page, "502 Bad Gateway"`,
		});
	});

	it("that asks for a login is one, as nginx before a registry does", async () => {
		const asking = { ...page(401), headers: { "content-type": "text/html", "www-authenticate": 'Basic realm="r"' } };
		const { host } = await serve(({ headers }) => (headers.authorization ? { status: 200 } : asking));
		await expect(client(host).ping()).rejects.toMatchObject({ code: "registry_unauthorized" });
		const credential = { username: "ann", password: new Secret("pass-word-1") };
		await createRegistry({ address: host, tls: false }, credential, { timeoutMs: 1_000 }).ping();
	});
});

describe("T23: docker.io", () => {
	it.each(["docker.io", "index.docker.io", "registry-1.docker.io"])("is Docker Hub: %s", (host) => {
		expect([apiHost(host), loginServer(host)]).toEqual(["registry-1.docker.io", "https://index.docker.io/v1/"]);
		expect(withLogin({}, host, "auth")).toEqual({
			auths: { "https://index.docker.io/v1/": { auth: "auth" } },
			credHelpers: { "https://index.docker.io/v1/": "" },
		});
	});

	it("is no other registry", () => {
		for (const host of ["ghcr.io", "docker.io.example.com", "docker.io:443", "localhost:5000"])
			expect([apiHost(host), loginServer(host)]).toEqual([host, host]);
	});

	it("is asked where its API is", async () => {
		const { unreachable } = await createRegistry({ address: "docker.io", tls: true }, undefined, {
			timeoutMs: 1_000,
			tries: 1,
			signal: AbortSignal.abort(new Error("stopped")),
		})
			.ping()
			.then(
				() => ({ unreachable: undefined }),
				(error: Error) => ({ unreachable: error.message }),
			);
		expect(unreachable).toContain("registry-1.docker.io");
	});
});
