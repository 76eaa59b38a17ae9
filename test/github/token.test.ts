import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { tokenScopes } from "../../src/github/token.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { TOKEN, githubForTest } from "../support/github.ts";

const token = new Secret("ghp_sentinel-token");
const signal = new AbortController().signal;

/** GitHub's answer on loopback, for one call. */
async function against<T>(
	answer: (request: IncomingMessage, response: ServerResponse) => void,
	ask: (baseUrl: string) => Promise<T>,
): Promise<T> {
	const server = createServer(answer).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	try {
		return await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
	} finally {
		server.close();
	}
}

const answering = (status: number, headers: Record<string, string>) => (_: IncomingMessage, response: ServerResponse) =>
	void response.writeHead(status, { "content-type": "application/json", ...headers }).end("{}");

describe("tokenScopes", () => {
	it("reads the scopes of a classic token, which travels in the header only", async () => {
		let seen = "";
		const scopes = await against(
			(request, response) => {
				seen = `${request.url} ${request.headers.authorization}`;
				answering(200, { "x-oauth-scopes": "read:org, write:packages" })(request, response);
			},
			(baseUrl) => tokenScopes(token, signal, baseUrl),
		);
		expect(scopes).toEqual(["read:org", "write:packages"]);
		expect(seen).toBe("/ token ghp_sentinel-token");
	});

	it("reads them as GitHub describes its root", async () => {
		const { url } = await githubForTest({ scopes: ["repo", "write:packages"] });
		expect(await tokenScopes(new Secret(TOKEN), signal, url)).toEqual(["repo", "write:packages"]);
	});

	it("has none for other kinds of token", async () => {
		expect(await against(answering(200, {}), (baseUrl) => tokenScopes(token, signal, baseUrl))).toBeUndefined();
	});

	it("tells a refused token from a GitHub that does not answer", async () => {
		const failure = await against(answering(401, {}), (baseUrl) => tokenScopes(token, signal, baseUrl).catch(String));
		expect(failure).toContain("refuses the token");
		expect(failure).not.toContain("sentinel");
		await expect(tokenScopes(token, signal, "http://127.0.0.1:1")).rejects.toMatchObject({
			code: "github_unreachable",
		});
	});
});
