import { expect, it } from "vitest";
import { fetchOpen } from "../../src/system/redirect.ts";
import { createS3 } from "../../src/store/s3.ts";
import { tokenScopes } from "../../src/github/token.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { clientOf, errorOf, json, startPlatform } from "../vast/platform.ts";
import { serve } from "../support/loopback-server.ts";

const signal = AbortSignal.timeout(10_000);

it("A3: an open fetch follows five redirects, and none to what is not HTTP", async () => {
	const server = await serve(({ path }) => {
		if (path === "/end") return { status: 200, body: "end" };
		return { status: 302, headers: { location: path === "/file" ? "file:///etc/passwd" : "/end" } };
	});
	expect(await (await fetchOpen(`${server.origin}/start`, signal)).text()).toBe("end");
	await expect(fetchOpen(`${server.origin}/file`, signal)).rejects.toMatchObject({ code: "unsafe_redirect" });
	const round = await serve(() => ({ status: 302, headers: { location: "/again" } }));
	expect((await fetchOpen(round.origin, signal)).status).toBe(302);
	expect(round.asked).toHaveLength(6);
});

it("A3: what is signed for one store is not sent to another", async () => {
	const other = await serve(() => ({ status: 200 }));
	const store = await serve(() => ({ status: 307, headers: { location: `${other.origin}/cres/a` } }));
	const keys = { accessKey: new Secret("access-key-1"), secretKey: new Secret("secret-key-1") };
	const s3 = createS3({ endpoint: store.host, secure: false, bucket: "cres", ...keys });
	await expect(s3.call({ method: "PUT", key: "a", body: "content", signal })).rejects.toMatchObject({
		code: "store_failed",
		message: expect.stringContaining(`names ${other.host}; nothing was sent there`),
	});
	expect(other.asked).toEqual([]);
});

it("A3: GitHub's token is not sent to where a redirect leads", async () => {
	const other = await serve(() => ({ status: 200, body: "{}" }));
	const api = await serve(() => ({ status: 302, headers: { location: other.origin } }));
	await expect(tokenScopes(new Secret("ghp_sentinel"), signal, api.origin)).rejects.toMatchObject({
		code: "unsafe_redirect",
	});
	expect(other.asked).toEqual([]);
});

it("A3: Vast's key is not sent to where a redirect leads, nor off this machine in clear", async () => {
	const other = await serve(() => ({ status: 200, body: "{}" }));
	const platform = await startPlatform();
	platform.next((_request, response) => void response.writeHead(307, { location: other.origin }).end());
	expect(await errorOf(clientOf(platform).account())).toMatchObject({ code: "vast_unreachable" });
	expect(other.asked).toEqual([]);
	expect(() => clientOf({ ...platform, url: "http://console.vast.ai" })).toThrow(
		expect.objectContaining({ code: "vast_url_malformed" }),
	);
	platform.next(json({ success: true }));
	await platform.close();
});
