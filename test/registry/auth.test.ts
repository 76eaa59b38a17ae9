import { describe, expect, it } from "vitest";
import { createAuthorizer, parseChallenge } from "../../src/registry/auth.ts";
import type { HttpRequest, Send } from "../../src/registry/http.ts";
import { Secret } from "../../src/secrets/secret.ts";

const credential = { username: "ann", password: new Secret("pass-word-1") };
const basic = `Basic ${Buffer.from("ann:pass-word-1").toString("base64")}`;
const ghcr = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:o/n:pull"';

function tokenServer(status: number, answer: unknown): { send: Send; seen: HttpRequest[] } {
	const seen: HttpRequest[] = [];
	const send: Send = async (request) => {
		seen.push(request);
		return { status, headers: {}, body: Buffer.from(JSON.stringify(answer)), url: request.url };
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
		expect(parseChallenge("Negotiate")).toBeUndefined();
		expect(parseChallenge(undefined)).toBeUndefined();
	});
});

describe("authorizer", () => {
	it("stays anonymous until asked, then sends Basic", async () => {
		const authorizer = createAuthorizer(tokenServer(200, {}).send, credential);
		expect(authorizer.header("s")).toBeUndefined();
		expect(await authorizer.answer('Basic realm="cres"', "s")).toBe(true);
		expect(authorizer.header("other")).toBe(basic);
	});

	it("fetches one token a scope and keeps it", async () => {
		const { send, seen } = tokenServer(200, { token: "token-1", expires_in: 300 });
		const authorizer = createAuthorizer(send, credential);
		expect(await authorizer.answer(ghcr, "repository:o/n:pull,push")).toBe(true);
		expect(authorizer.header("repository:o/n:pull,push")).toBe("Bearer token-1");
		expect(authorizer.header("repository:o/other:pull")).toBeUndefined();
		expect(seen.map(({ url, headers }) => [url.href, headers])).toEqual([
			["https://ghcr.io/token?service=ghcr.io&scope=repository%3Ao%2Fn%3Apull%2Cpush", { authorization: basic }],
		]);
	});

	it("has no answer without credential, for a refused token or an unknown scheme", async () => {
		expect(await createAuthorizer(tokenServer(200, {}).send, undefined).answer("Basic realm=x", "s")).toBe(false);
		expect(await createAuthorizer(tokenServer(403, {}).send, credential).answer(ghcr, "s")).toBe(false);
		expect(await createAuthorizer(tokenServer(200, {}).send, credential).answer("Negotiate", "s")).toBe(false);
	});
});
