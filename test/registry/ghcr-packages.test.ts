import type { components } from "@octokit/openapi-types";
import { describe, expect, it } from "vitest";
import { packageRemover } from "../../src/registry/ghcr-packages.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { serve, type Asked, type Reply } from "../support/loopback-server.ts";

type PackageVersion = components["schemas"]["package-version"];

const TOKEN = "ghp_sentinel_of_packages";
const digest = (at: number) => `sha256:${at.toString(16).padStart(64, "0")}` as Digest;
const version = (at: number, tags: string[] = []): PackageVersion => ({
	...{ id: at, name: digest(at), url: "", package_html_url: "", created_at: "2026-11-01T00:00:00Z" },
	...{ updated_at: "2026-11-01T00:00:00Z", metadata: { package_type: "container", container: { tags } } },
});
const json = (status: number, body: unknown, headers: Record<string, string> = {}): Reply => ({
	status,
	headers: { "content-type": "application/json", ...headers },
	body: JSON.stringify(body),
});

/** GitHub's API with one package, and a client of it. */
async function github(type: "User" | "Organization", instead: (asked: Asked) => Reply | undefined = () => undefined) {
	const versions = new Map(Array.from({ length: 150 }, (_, at) => [at + 1, version(at + 1)]));
	const server = await serve((asked) => instead(asked) ?? answer(asked));
	const owner = type === "User" ? "users/owner" : "orgs/owner";
	const folder = `/${owner}/packages/container/team%2Fapp/versions`;
	function answer({ method, path }: Asked): Reply {
		const url = new URL(path, "http://x");
		if (url.pathname === "/users/owner") return json(200, { login: "owner", type });
		if (method === "DELETE" && url.pathname.startsWith(`${folder}/`)) {
			const known = versions.delete(Number(url.pathname.split("/").at(-1)));
			return known ? { status: 204 } : json(404, { message: "Package not found." });
		}
		if (url.pathname !== folder) return json(404, { message: "Not Found" });
		const [page, size] = [Number(url.searchParams.get("page")), Number(url.searchParams.get("per_page"))];
		return json(200, [...versions.values()].slice((page - 1) * size, page * size));
	}
	const { signal } = new AbortController();
	const options = { repository: "owner/team/app", token: new Secret(TOKEN), signal };
	const remove = packageRemover({ ...options, baseUrl: server.origin, timeoutMs: 500 });
	return { ...server, versions, remove };
}

describe("a version of a package on ghcr.io", () => {
	it.each(["User", "Organization"] as const)("of a %s is removed by its digest, and no other", async (type) => {
		const { remove, versions, asked } = await github(type);
		expect(await remove(digest(140))).toBe(true);
		expect(await remove(digest(3))).toBe(true);
		expect([versions.size, versions.has(140), versions.has(3)]).toEqual([148, false, false]);
		expect(asked.map(({ method }) => method)).toEqual(["GET", "GET", "GET", "DELETE", "DELETE"]);
		expect(asked.every(({ headers }) => headers.authorization === `token ${TOKEN}`)).toBe(true);
	});

	it("that is gone already is no error", async () => {
		const { remove, versions } = await github("User");
		expect(await remove(digest(999))).toBe(false);
		await remove(digest(1));
		versions.delete(2);
		expect(await remove(digest(2))).toBe(false);
	});

	it.each<[string, Reply, string]>([
		["a bad token", json(401, { message: "Bad credentials" }), "github_token_invalid"],
		["a token without the scope", json(403, { message: "forbidden" }), "github_token_invalid"],
		["a rate limit", json(403, { message: "rate limit" }, { "x-ratelimit-remaining": "0" }), "github_rate_limited"],
		["too many requests", json(429, { message: "slow down" }), "github_rate_limited"],
		["a server that fails", json(502, { message: "Bad Gateway" }), "github_unreachable"],
		["a redirect elsewhere", { status: 302, headers: { location: "http://127.0.0.1:9/x" } }, "github_unreachable"],
	])("is kept by %s", async (_what, reply, code) => {
		const { remove, versions } = await github("User", () => reply);
		const fault = await remove(digest(1)).catch((error: unknown) => error as Error);
		expect(fault).toMatchObject({ code });
		expect(JSON.stringify(fault)).not.toContain(TOKEN);
		expect(versions.size).toBe(150);
	});

	it("that GitHub does not give away is told", async () => {
		const sentence = "Publicly visible package versions with more than 5000 downloads cannot be deleted.";
		const { remove } = await github("User", ({ method }) =>
			method === "DELETE" ? json(400, { message: sentence }) : undefined,
		);
		await expect(remove(digest(1))).rejects.toMatchObject({
			code: "package_kept",
			message: expect.stringContaining(sentence) as string,
		});
	});

	it("is not waited for when GitHub says nothing", async () => {
		const server = await serve(() => undefined);
		const options = { repository: "owner/app", token: undefined, signal: new AbortController().signal };
		const remove = packageRemover({ ...options, baseUrl: server.origin, timeoutMs: 100 });
		await expect(remove(digest(1))).rejects.toMatchObject({ code: "github_unreachable" });
	});
});
