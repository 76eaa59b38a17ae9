import { describe, expect, it } from "vitest";
import { Secret } from "../../src/secrets/secret.ts";
import { keysBelow, removeBelow, smokePrefix } from "../../src/smoke/objects.ts";
import { createS3 } from "../../src/store/s3.ts";
import { serve } from "../support/loopback-server.ts";

const { signal } = new AbortController();
const KEY = new Secret("sentinel-of-objects");

/** An S3 server that lists two objects at a time. */
async function store(keys: string[]) {
	const server = await serve(({ method, path }) => {
		const url = new URL(path, "http://s3");
		if (method === "DELETE") {
			keys.splice(keys.indexOf(decodeURIComponent(url.pathname).slice("/b/".length)), 1);
			return { status: 204 };
		}
		const prefix = url.searchParams.get("prefix")!;
		const page = keys.filter((key) => key.startsWith(prefix)).slice(0, 2);
		const escaped = page.map((key) => key.replaceAll("&", "&amp;").replaceAll("<", "&#60;").replaceAll(">", "&#x3E;"));
		return {
			status: 200,
			body: `<ListBucketResult>${escaped.map((key) => `<Key>${key}</Key>`).join("")}</ListBucketResult>`,
		};
	});
	return createS3({ endpoint: server.host, secure: false, bucket: "b", accessKey: KEY, secretKey: KEY });
}

describe("what a smoke test has stored", () => {
	it("goes page by page, whatever its keys hold, and nothing else", async () => {
		const own = smokePrefix("ab12");
		const keys = ["videos/a & b <c>.mp4", "info.json", "status/x.json"].map((key) => `${own}${key}`);
		const all = [...keys, "queries/smoke-ab123/info.json", "queries/talks/a.mp4"];
		const s3 = await store(all);
		expect(await removeBelow(s3, own, signal)).toBe(3);
		expect(all).toEqual(["queries/smoke-ab123/info.json", "queries/talks/a.mp4"]);
	});

	it("is not gone where a server goes on listing it, whatever code points it names", async () => {
		const key = `${smokePrefix("ab12")}a&#1114112;&#xFFFFFFFF;.mp4`;
		const { host, asked } = await serve(() => ({ status: 200, body: `<Key>${key}</Key>` }));
		const s3 = createS3({ endpoint: host, secure: false, bucket: "b", accessKey: KEY, secretKey: KEY });
		expect(await keysBelow(s3, smokePrefix("ab12"), signal)).toEqual([key]);
		await expect(removeBelow(s3, smokePrefix("ab12"), signal)).rejects.toThrow(
			`${host}/b lists objects below queries/smoke-ab12/ after 20 were removed`,
		);
		expect(asked).toHaveLength(41);
	});

	it("is nothing of what a server lists besides", async () => {
		const { host, asked } = await serve(() => ({ status: 200, body: "<Key>queries/talks/a.mp4</Key>" }));
		const s3 = createS3({ endpoint: host, secure: false, bucket: "b", accessKey: KEY, secretKey: KEY });
		expect(await removeBelow(s3, smokePrefix("ab12"), signal)).toBe(0);
		expect(asked.map(({ method }) => method)).toEqual(["GET"]);
	});
});
