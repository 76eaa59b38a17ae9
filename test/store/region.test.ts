import { describe, expect, it, onTestFinished } from "vitest";
import { openStore } from "../../images/runtime/store.ts";
import { loadConfig } from "../../src/config/load.ts";
import { renderRunSpec } from "../../src/rollout/run-spec.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { createS3 } from "../../src/store/s3.ts";
import { makeDockerWorld } from "../support/docker-world.ts";
import { serve, type Reply } from "../support/loopback-server.ts";

const NEVER = new AbortController().signal;
const KEY = new Secret("sentinel-key");
/** As AWS answers a request that is signed for another region. */
const MALFORMED: Reply = {
	status: 400,
	headers: { "content-type": "application/xml" },
	body: `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'</Message><Region>eu-central-1</Region></Error>`,
};
const BY_HEADER: Reply = { status: 400, headers: { "x-amz-bucket-region": "eu-central-1" } };

describe("M40: a bucket in another region", () => {
	it.each([
		["GET", MALFORMED],
		["HEAD", BY_HEADER],
	] as const)("is named by the toolkit, with what to set: %s", async (method, reply) => {
		const { host } = await serve(() => reply);
		const s3 = createS3({ endpoint: host, secure: false, bucket: "models", accessKey: KEY, secretKey: KEY });
		await expect(s3.call({ method, key: "k", signal: NEVER })).rejects.toMatchObject({
			code: "store_region",
			message: `bucket models at ${host} is in region eu-central-1; the request was signed for us-east-1`,
			hint: "set store.region: eu-central-1 in cres.yaml",
		});
	});

	it.each([
		["getText", MALFORMED],
		["check", BY_HEADER],
	] as const)("is named by an image: %s", async (call, reply) => {
		const { origin } = await serve(() => reply);
		const settings = { endpoint: origin, bucket: "models", accessKey: "a", secretKey: "s", keysFrom: "" };
		const store = openStore(settings, { client: { maxAttempts: 1 } });
		const asked = call === "check" ? store.check(NEVER) : store.getText("k", NEVER);
		await expect(asked).rejects.toThrow("is in region eu-central-1: set MINIO_REGION (store.region in cres.yaml)");
		await store.close();
	});

	it("is signed for when it is set, here and in the images", async () => {
		const { host, origin, asked } = await serve(() => ({ status: 200 }));
		const keys = { accessKey: KEY, secretKey: KEY };
		const s3 = createS3({ endpoint: host, secure: false, bucket: "b", region: "eu-central-1", ...keys });
		await s3.call({ method: "HEAD", key: "", signal: NEVER });
		const settings = { endpoint: origin, bucket: "b", accessKey: "a", secretKey: "s", keysFrom: "" };
		const store = openStore({ ...settings, region: "eu-central-1" });
		await store.check(NEVER);
		await store.close();
		expect(asked.map(({ headers }) => /\/(eu-[^/]+)\/s3\//.exec(headers.authorization!)?.[1])).toEqual([
			"eu-central-1",
			"eu-central-1",
		]);
	});

	it("reaches the run spec only when it is set, so that what runs is not changed without it", async () => {
		const envOf = async (rest: Record<string, unknown>) => {
			const world = await makeDockerWorld({ rest });
			onTestFinished(() => world.close());
			const { config, instance } = await world.controlHost();
			return renderRunSpec(
				await loadConfig({ directory: config.root, environment: {} }),
				"cpu-1",
				instance.settings,
				{},
				false,
			).env;
		};
		expect(await envOf({})).not.toHaveProperty("MINIO_REGION");
		const store = { endpoint: "store.test:9000", region: "eu-central-1" };
		expect(await envOf({ store })).toMatchObject({ MINIO_REGION: "eu-central-1" });
		await expect(envOf({ store: { ...store, region: "Frankfurt, please" } })).rejects.toMatchObject({
			code: "config_invalid",
		});
	});
});
