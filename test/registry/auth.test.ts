import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createAuthorizer, parseChallenge } from "../../src/registry/auth.ts";
import type { HttpRequest, Send } from "../../src/registry/http.ts";
import { Secret, redact } from "../../src/secrets/secret.ts";

const credential = { username: "ann", password: new Secret("pass-word-1") };
const basic = `Basic ${Buffer.from("ann:pass-word-1").toString("base64")}`;
const ORIGIN = new URL("https://ghcr.io/v2/");
const ghcr = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:o/n:pull"';

function tokenServer(status: number, answer: unknown): { send: Send; seen: HttpRequest[] } {
	const seen: HttpRequest[] = [];
	const send: Send = async (request) => {
		seen.push(request);
		const body = Buffer.from(typeof answer === "string" ? answer : JSON.stringify(answer));
		return { status, headers: {}, body, url: request.url };
	};
	return { send, seen };
}

describe("challenges", () => {
	it("are read with quoted and plain parameters", () => {
		expect(parseChallenge(ghcr)).toEqual({
			scheme: "bearer",
			parameters: { realm: "https://ghcr.io/token", service: "ghcr.io", scope: "repository:o/n:pull" },
		});
		expect(parseChallenge("basic Realm=cres")).toEqual({ scheme: "basic", parameters: { realm: "cres" } });
		expect(parseChallenge('  BEARER\trealm = "a \\"quoted\\" \\\\ one" , x_y=z')).toEqual({
			scheme: "bearer",
			parameters: { realm: 'a "quoted" \\ one', x_y: "z" },
		});
		expect(parseChallenge('Basic realm="",charset="UTF-8"')).toEqual({
			scheme: "basic",
			parameters: { realm: "", charset: "UTF-8" },
		});
		for (const other of ["Negotiate", "Bearers realm=x", "Negotiate, Basic realm=x", ""])
			expect(parseChallenge(other), other).toBeUndefined();
		expect(parseChallenge(undefined)).toBeUndefined();
	});
});

describe("authorizer", () => {
	it("stays anonymous until asked, then sends Basic", async () => {
		const authorizer = createAuthorizer(tokenServer(200, {}).send, credential, ORIGIN);
		expect(authorizer.header("s")).toBeUndefined();
		expect(await authorizer.answer('Basic realm="cres"', "s")).toBe(true);
		expect(authorizer.header("other")).toBe(basic);
	});

	it("fetches one token a scope and keeps it", async () => {
		const { send, seen } = tokenServer(200, { token: "token-1", expires_in: 300 });
		const authorizer = createAuthorizer(send, credential, ORIGIN);
		expect(await authorizer.answer(ghcr, "repository:o/n:pull,push")).toBe(true);
		expect(authorizer.header("repository:o/n:pull,push")).toBe("Bearer token-1");
		expect(authorizer.header("repository:o/other:pull")).toBeUndefined();
		expect(seen.map(({ url, headers }) => [url.href, headers])).toEqual([
			["https://ghcr.io/token?service=ghcr.io&scope=repository%3Ao%2Fn%3Apull%2Cpush", { authorization: basic }],
		]);
	});

	it("has no answer without credential, for a refused token or an unknown scheme", async () => {
		expect(await createAuthorizer(tokenServer(200, {}).send, undefined, ORIGIN).answer("Basic realm=x", "s")).toBe(
			false,
		);
		expect(await createAuthorizer(tokenServer(403, {}).send, credential, ORIGIN).answer(ghcr, "s")).toBe(false);
		expect(await createAuthorizer(tokenServer(200, {}).send, credential, ORIGIN).answer("Negotiate", "s")).toBe(false);
	});

	it("has no answer to a challenge that names no place, and asks nobody", async () => {
		const { send, seen } = tokenServer(200, { token: "token-1" });
		expect(await createAuthorizer(send, credential, ORIGIN).answer('Bearer service="x"', "s")).toBe(false);
		expect(await createAuthorizer(send, credential, ORIGIN).answer('Negotiate realm="https://x.test/"', "s")).toBe(
			false,
		);
		expect(seen).toEqual([]);
	});

	it("asks for what the challenge names where no scope is known, and without a credential for an anonymous token", async () => {
		const { send, seen } = tokenServer(200, { access_token: "token-2" });
		const authorizer = createAuthorizer(send, undefined, ORIGIN);
		expect(await authorizer.answer(ghcr, undefined)).toBe(true);
		expect(await authorizer.answer('Bearer realm="https://x.test/t?a=1"', undefined)).toBe(true);
		expect(authorizer.header(undefined)).toBe("Bearer token-2");
		expect(seen.map(({ method, url, headers }) => [method, url.href, headers])).toEqual([
			["GET", "https://ghcr.io/token?service=ghcr.io&scope=repository%3Ao%2Fn%3Apull", { authorization: undefined }],
			["GET", "https://x.test/t?a=1", { authorization: undefined }],
		]);
	});

	it.each([
		[401, {}],
		[403, { token: "x" }],
	])("takes HTTP %i for a refusal", async (status, answer) => {
		const authorizer = createAuthorizer(tokenServer(status, answer).send, credential, ORIGIN);
		expect(await authorizer.answer(ghcr, "s")).toBe(false);
		expect(authorizer.header("s")).toBeUndefined();
	});

	it.each([
		[500, { token: "x" }],
		[200, {}],
		[200, { token: 7 }],
		[200, "<html>"],
	])("says which server gave no token: HTTP %i, %o", async (status, answer) => {
		const { send } = tokenServer(status, answer);
		await expect(createAuthorizer(send, credential, ORIGIN).answer(ghcr, "s")).rejects.toMatchObject({
			code: "registry_error",
			message: `ghcr.io gave no token (HTTP ${status})`,
			hint: "check that the registry's token server runs, then cres doctor",
		});
	});

	it.each([
		["its life", { expires_in: 300 }, 290],
		["a minute, when it does not say", {}, 50],
	])("uses a token no longer than %s, and 10 s less", async (_name, life, seconds) => {
		vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
		onTestFinished(() => void vi.useRealTimers());
		const authorizer = createAuthorizer(tokenServer(200, { token: "token-1", ...life }).send, credential, ORIGIN);
		await authorizer.answer(ghcr, "s");
		vi.setSystemTime(1_000_000 + seconds * 1000 - 1);
		expect(authorizer.header("s")).toBe("Bearer token-1");
		vi.setSystemTime(1_000_000 + seconds * 1000);
		expect(authorizer.header("s")).toBeUndefined();
	});

	it("keeps the token a secret", async () => {
		const authorizer = createAuthorizer(
			tokenServer(200, { token: "registry-token-sentinel" }).send,
			credential,
			ORIGIN,
		);
		await authorizer.answer(ghcr, "s");
		expect(redact(`got ${authorizer.header("s")}`)).toBe("got Bearer [redacted]");
	});
});
