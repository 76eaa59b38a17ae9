import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Access } from "../../../images/api/access.ts";
import { createLimiter } from "../../../images/api/limiter.ts";
import { readApiSettings } from "../../../images/api/settings.ts";
import type { ApiScope } from "../../../src/contracts/api-tokens.ts";
import { testApp } from "./fakes.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const tokenOf = (...scopes: ApiScope[]) => ({
	name: scopes.join("-"),
	scopes,
	hash: sha256(`cres_${scopes.join("-")}`),
});
const TOKENS = [tokenOf("read"), tokenOf("submit"), tokenOf("admin"), tokenOf("read", "submit")];
const closed = (over: Partial<Access> = {}) => testApp({ access: { open: false, tokens: TOKENS, ...over } });

const ROUTES = [
	["GET", "/docs", "read"],
	["GET", "/docs/json", "read"],
	["GET", "/openapi.json", "read"],
	["GET", "/api/transcriptions?query=a", "read"],
	["POST", "/process", "submit"],
	["POST", "/batch", "submit"],
	["POST", "/admin/reindex", "admin"],
] as const;
const BODIES: Record<string, object> = { "/process": { url: "http://media.test/a.mp4" }, "/batch": { query: "a" } };
const asking = (method: "GET" | "POST", url: string, authorization?: string) => ({
	method,
	url,
	...(BODIES[url] === undefined ? {} : { payload: BODIES[url] }),
	headers: authorization === undefined ? {} : { authorization },
});

describe("A6: a request of the api", () => {
	it.each(ROUTES)("%s %s is answered to a token with the scope %s, and to nobody else", async (method, url, scope) => {
		const { app, temporal, bucket } = closed();
		const ask = async (authorization?: string) => (await app.inject(asking(method, url, authorization))).statusCode;
		const none = [
			undefined,
			"",
			"Bearer",
			"Bearer cres_x",
			`Basic ${btoa("a:cres_admin")}`,
			"cres_admin",
			sha256("cres_admin"),
		];
		for (const authorization of none) expect([authorization, await ask(authorization)]).toEqual([authorization, 401]);
		for (const other of (["read", "submit", "admin"] as const).filter((one) => one !== scope))
			expect([other, await ask(`Bearer cres_${other}`)]).toEqual([other, 403]);
		expect([temporal.executions.size, bucket.objects.size]).toEqual([0, 0]);
		expect(await ask(`bearer cres_${scope}`)).toBe(200);
	});

	it("is answered to nobody while there are no tokens, and unknown routes are not told apart", async () => {
		const { app } = closed({ tokens: [] });
		for (const [method, url] of [...ROUTES, ["GET", "/nothing"] as const])
			expect((await app.inject(asking(method, url, "Bearer cres_admin"))).statusCode).toBe(401);
	});

	it("says how to ask, and never what was wrong with the token", async () => {
		const answer = await closed().app.inject(asking("GET", "/docs", "Bearer cres_sentinel"));
		expect(answer.headers["www-authenticate"]).toBe("Bearer");
		expect(answer.body).not.toContain("sentinel");
	});

	it("has health without token, which names no address then", async () => {
		const probes = {
			temporal: async () => {},
			minio: async () => Promise.reject(new Error("the store at http://10.0.0.5:9000 refuses the keys")),
		};
		const { app } = testApp({ access: { open: false, tokens: TOKENS }, health: { probes } });
		const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
			app.inject({ method: "GET", url: "/health", remoteAddress, headers });
		for (const answer of [await from("203.0.113.9"), await from("127.0.0.1", { "x-forwarded-for": "203.0.113.9" })])
			expect([answer.statusCode, answer.json()]).toMatchObject([503, { minio: "down", reasons: {}, engines: {} }]);
		const seeing = [await from("127.0.0.1"), await from("203.0.113.9", { authorization: "Bearer cres_read" })];
		for (const answer of seeing) expect(answer.json().reasons.minio).toContain("10.0.0.5");
	});

	it("comes as often as the rate allows, each token on its own", async () => {
		let now = 0;
		const { app } = closed({ ratePerMinute: 2, now: () => now });
		const ask = async (token: string) => app.inject(asking("GET", "/openapi.json", `Bearer ${token}`));
		const codes = async (token: string, times: number) => {
			const found: number[] = [];
			for (let at = 0; at < times; at++) found.push((await ask(token)).statusCode);
			return found;
		};
		expect(await codes("cres_read", 3)).toEqual([200, 200, 429]);
		expect((await ask("cres_read")).headers["retry-after"]).toBe("30");
		expect(await codes("cres_read-submit", 2)).toEqual([200, 200]);
		expect(await codes("cres_wrong", 3)).toEqual([401, 401, 429]);
		now = 30_000;
		expect(await codes("cres_read", 2)).toEqual([200, 429]);
	});

	it("is refused under a foreign name where no token is asked for", async () => {
		const { app } = testApp();
		const as = async (host: string) => (await app.inject({ url: "/openapi.json", headers: { host } })).statusCode;
		expect(await Promise.all(["localhost:8100", "127.0.0.1:18100", "[::1]:8100"].map(as))).toEqual([200, 200, 200]);
		expect(await Promise.all(["evil.test", "127.0.0.1.evil.test", "localhost.evil.test:8100"].map(as))).toEqual([
			403, 403, 403,
		]);
	});

	it("is refused to another machine that a gateway of this one forwards, where no token is asked for", async () => {
		const { app } = testApp();
		const from = async (forwarded: string) => {
			const headers = { host: "localhost:8000", "x-forwarded-for": forwarded };
			return (await app.inject({ url: "/openapi.json", headers })).statusCode;
		};
		expect(await Promise.all(["127.0.0.1", "::1", "127.0.0.1, 127.0.0.2"].map(from))).toEqual([200, 200, 200]);
		expect(await Promise.all(["203.0.113.9", "127.0.0.1, 203.0.113.9", "unknown"].map(from))).toEqual([403, 403, 403]);
	});

	it("is answered with headers that keep browsers from framing, sniffing and keeping it", async () => {
		const { app } = closed();
		for (const url of ["/health", "/docs", "/nothing"]) {
			const { headers } = await app.inject(asking("GET", url, "Bearer cres_read"));
			expect([url, headers]).toMatchObject([
				url,
				{
					"x-content-type-options": "nosniff",
					"x-frame-options": "DENY",
					"referrer-policy": "no-referrer",
					"cache-control": expect.stringMatching(/no-store|max-age=0/),
					"content-security-policy": expect.stringContaining("default-src"),
				},
			]);
		}
	});
});

describe("A6: which api asks for a token", () => {
	const common = {
		TEMPORAL_ADDRESS: "temporal.test:7233",
		MINIO_ENDPOINT: "store.test:9000",
		MINIO_ACCESS_KEY: "key",
		MINIO_SECRET_KEY: "secret",
		WORKER_INSTANCE_NAME: "a",
	};
	const open = (environment: Record<string, string>) => readApiSettings({ ...common, ...environment }).access.open;

	it.each<[Record<string, string>, boolean]>([
		[{ API_ROLE: "control" }, false],
		[{ API_ROLE: "control", API_OPEN_ON_LOOPBACK: "1" }, false],
		[{ API_ROLE: "control", API_HOST: "127.0.0.1" }, false],
		[{ API_ROLE: "control", API_HOST: "127.0.0.1", API_OPEN_ON_LOOPBACK: "1" }, true],
		[{ API_ROLE: "control", API_HOST: "127.0.0.1.evil.test", API_OPEN_ON_LOOPBACK: "1" }, false],
		[{ API_ROLE: "compute" }, false],
		[{ API_ROLE: "compute", API_OPEN_ON_LOOPBACK: "0" }, false],
		[{ API_ROLE: "compute", API_OPEN_ON_LOOPBACK: "1" }, true],
		[{ API_ROLE: "compute", API_HOST: "::", API_OPEN_ON_LOOPBACK: "1" }, false],
		[{ API_ROLE: "compute", API_HOST: "0.0.0.0", API_OPEN_ON_LOOPBACK: "1" }, false],
	])("%j", (environment, expected) => {
		expect(open(environment)).toBe(expected);
	});

	it("an undeclared one on loopback, of either role, answers health alone", async () => {
		for (const role of ["compute", "control"] as const) {
			const { access } = readApiSettings({ ...common, API_ROLE: role, API_HOST: "127.0.0.1" });
			const { app } = testApp({ role, access });
			const codes = ["/health", "/api/v1/core/health", "/openapi.json", "/docs", "/api/transcriptions?query=a"].map(
				async (url) => (await app.inject({ url, headers: { host: "localhost:8100" } })).statusCode,
			);
			expect([role, await Promise.all(codes)]).toEqual([role, [200, 200, 401, 401, 401]]);
		}
	});

	it("quotes no hash where the list is wrong", () => {
		expect(() => open({ API_ROLE: "control", API_TOKENS: "sentinel" })).toThrow(
			"wrong environment: API_TOKENS (expected name:scope+scope:sha256, by commas",
		);
	});
});

it("A6: a caller's bucket fills with time, and the memory of callers is bounded", () => {
	let now = 0;
	const limiter = createLimiter({ perMinute: 60, now: () => now });
	for (let at = 0; at < 60; at++) expect(limiter("a")).toBe(0);
	expect(limiter("a")).toBe(1);
	now = 1_000;
	expect([limiter("a"), limiter("a")]).toEqual([0, 1]);
	for (let at = 0; at < 20_000; at++) limiter(`caller ${at}`);
	expect(limiter("a")).toBe(0);
});
