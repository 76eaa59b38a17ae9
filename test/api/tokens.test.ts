import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createToken, listTokens, revokeToken, type TokenPlace } from "../../src/api/tokens.ts";
import { apiTokensSchema, formatApiTokens } from "../../src/contracts/api-tokens.ts";
import { slowChange } from "../support/config-change.ts";
import { runCres } from "../support/run-cres.ts";

async function place(env?: string, over: Partial<TokenPlace> = {}): Promise<TokenPlace & { text(): Promise<string> }> {
	const root = await mkdtemp(join(tmpdir(), "cres-tokens-"));
	if (env !== undefined) await writeFile(join(root, ".env"), env);
	return { root, secrets: [], environment: [], ...over, text: () => readFile(join(root, ".env"), "utf8") };
}

describe("A6: tokens of the api", () => {
	it("are printed once, and only their hashes are kept, in a file of the owner", async () => {
		const here = await place();
		const made = await createToken(here, "ci", ["submit", "read", "submit"]);
		expect(made).toMatchObject({ name: "ci", scopes: ["read", "submit"], delivered: false });
		expect(made.token).toMatch(/^cres_[\w-]{43}$/);
		const text = await here.text();
		expect(text).toMatch(/^API_TOKENS=ci:read\+submit:[0-9a-f]{64}\n$/);
		expect(text).not.toContain(made.token);
		expect((await stat(join(here.root, ".env"))).mode & 0o777).toBe(0o600);
	});

	it("stand beside what else is in .env, and go one by one", async () => {
		const here = await place("A=1\r\nAPI_TOKENS=\r\nB=2");
		await createToken(here, "one", ["read"]);
		await createToken(here, "two", ["admin"]);
		expect(await listTokens(here)).toEqual([
			{ name: "one", scopes: ["read"] },
			{ name: "two", scopes: ["admin"] },
		]);
		expect(await here.text()).toMatch(/^A=1\r\nAPI_TOKENS=one:read:\w+,two:admin:\w+\r\nB=2$/);
		expect(await revokeToken(here, "one")).toEqual({ name: "one", scopes: ["read"] });
		expect(await listTokens(here)).toEqual([{ name: "two", scopes: ["admin"] }]);
	});

	it("are kept when several are made and one is taken back at the same time", async () => {
		const here = await place("A=1\n");
		await createToken(here, "old", ["read"]);
		const { written } = await slowChange(join(here.root, ".env"), (now) => `${now}B=2\n`);
		const made = ["one", "two", "three"].map((name) => createToken(here, name, ["read"]));
		await Promise.all([written, ...made, revokeToken(here, "old")]);
		expect((await listTokens(here)).map(({ name }) => name).toSorted()).toEqual(["one", "three", "two"]);
		expect(await here.text()).toMatch(/^A=1\nAPI_TOKENS=\S+\nB=2\n$/);
	});

	it("leave a value when the last one goes: a secret without one would hold up the deploy that hands it over", async () => {
		const here = await place();
		await createToken(here, "ci", ["submit"]);
		await revokeToken(here, "ci");
		const value = /^API_TOKENS=(.+)$/m.exec(await here.text())?.[1];
		expect(apiTokensSchema.parse(value)).toEqual([]);
		expect(await listTokens(here)).toEqual([]);
		await createToken(here, "again", ["read"]);
		expect(await listTokens(here)).toEqual([{ name: "again", scopes: ["read"] }]);
	});

	it("say what is in the way", async () => {
		const here = await place();
		await createToken(here, "ci", ["read"]);
		await expect(createToken(here, "ci", ["read"])).rejects.toMatchObject({ code: "api_token_taken" });
		await expect(createToken(here, "C:I", ["read"])).rejects.toMatchObject({ code: "api_token_name" });
		await expect(revokeToken(here, "cd")).rejects.toMatchObject({ code: "api_token_unknown" });
		await expect(listTokens(await place("API_TOKENS=nonsense\n"))).rejects.toMatchObject({
			code: "api_tokens_invalid",
		});
		const source = { name: "API_TOKENS", source: "environment", secret: true } as const;
		const elsewhere = await place("", { environment: [source] });
		await expect(createToken(elsewhere, "ci", ["read"])).rejects.toMatchObject({ code: "api_tokens_elsewhere" });
	});

	it("have one form", () => {
		const hash = "0".repeat(64);
		const tokens = apiTokensSchema.parse(`a:read:${hash}, b:admin+submit:${hash},`);
		expect(formatApiTokens(tokens)).toBe(`a:read:${hash},b:admin+submit:${hash}`);
		for (const wrong of ["a", `a:read:${hash}:x`, `a:all:${hash}`, `a::${hash}`, `a:read:${hash},a:read:${hash}`])
			expect(apiTokensSchema.safeParse(wrong).success, wrong).toBe(false);
	});

	it("are made, listed and revoked by commands", async () => {
		const { root } = await place("");
		const yaml =
			'project: video\nimage: { repository: owner/worker }\nregistry: { push: { address: ghcr.io } }\ntemporal: { address: "127.0.0.1:7233" }\nstore: { endpoint: "127.0.0.1:9000" }\n';
		await writeFile(join(root, "cres.yaml"), yaml);
		const cres = (...args: string[]) => runCres(root, "api", "token", ...args);
		expect((await cres("list")).stdout).toBe(
			"there are no tokens yet\n  → cres api token create NAME --scope submit\n",
		);
		const { stdout } = await cres("create", "ci", "--scope", "submit");
		expect(stdout.replace(/cres_[\w-]{43}/, "TOKEN")).toMatchInlineSnapshot(`
			"TOKEN
			token ci, may submit; it is shown this once, .env keeps its hash
			  → add API_TOKENS to secrets in cres.yaml, then cres deploy INSTANCE hands it to the api
			"
		`);
		expect(JSON.parse((await cres("list", "--json")).stdout)).toEqual({ tokens: [{ name: "ci", scopes: ["submit"] }] });
		expect((await cres("revoke", "ci")).stdout).toMatchInlineSnapshot(`
			"token ci is revoked
			  → cres deploy INSTANCE makes its api refuse it
			"
		`);
	}, 60_000);
});
