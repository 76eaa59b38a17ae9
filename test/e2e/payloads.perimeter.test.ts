import { randomBytes } from "node:crypto";
import { Client, Connection } from "@temporalio/client";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { environmentOf, settingsFor, writeEnvironment } from "../support/cres.ts";
import { faultOf, makeDeployable, succeed, type Deployable } from "../support/deployable.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { connectTemporal } from "../../src/temporal/temporal.ts";
import { sdkConnection, toolkitConnection } from "../support/perimeter-temporal.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-codec";
const KEY = randomBytes(32).toString("base64");
const [ID, GONE] = [`codec-${KEY.slice(0, 6).replaceAll(/\W/g, "x")}`, "codec-gone"];
const MEDIA = new URL(perimeter.speech);
const INPUT = JSON.stringify({ url: MEDIA.href, until: "download", query: "Unmistakable" });
const connection = Connection.lazy(sdkConnection(perimeter.temporal));
const { workflow } = new Client({ connection });

let project: Deployable;
const use = (keys?: string) =>
	writeEnvironment(project.directory, {
		...environmentOf(perimeter),
		...(keys === undefined ? {} : { TEMPORAL_CODEC_KEYS: keys }),
	});
const run = (input: string, id: string) => project.cres("run", "video", "--input", input, "--id", id, "--json");

beforeAll(async () => {
	const environment = { ...environmentOf(perimeter), TEMPORAL_CODEC_KEYS: `k1:${KEY}` };
	project = await makeDeployable(perimeter, NAME, settingsFor(perimeter, NAME), environment);
	await succeed(project.cres("deploy", NAME));
});
afterAll(async () => {
	await connection.close();
	await project.remove();
});

/** Everything that Temporal keeps of an execution, what is in base64 also as it reads. */
async function historyOf(workflowId: string): Promise<string> {
	const json = JSON.stringify(await workflow.getHandle(workflowId).fetchHistory());
	const decoded = [...json.matchAll(/"([A-Za-z0-9+/]+={0,2})"/g)].map(([, text]) => Buffer.from(text!, "base64"));
	return [json, ...decoded.map((bytes) => bytes.toString("latin1"))].join("\n");
}

/** Ids of the keys that the payloads of an execution name. */
const keysOf = (history: string): string[] =>
	[...new Set(Array.from(history.matchAll(/"encryption-key-id":"([^"]+)"/g), ([, id]) => id!))].map((id) =>
		Buffer.from(id, "base64").toString(),
	);

describe("A1: with TEMPORAL_CODEC_KEYS", () => {
	it("a job is done, and a stranger reads nothing of it in Temporal", async () => {
		const { result } = JSON.parse(await succeed(run(INPUT, ID))) as { result: { title: string; bucket: string } };
		expect(result.title).not.toBe("");
		const history = await historyOf(ID);
		expect(history).toContain("binary/encrypted");
		expect(history).not.toContain("json/plain");
		expect(keysOf(history)).toEqual(["k1"]);
		for (const clear of [MEDIA.pathname, "Unmistakable", result.title, '"bucket"'])
			expect(history).not.toContain(clear);
	});

	it("a failure is told to whoever has the key, and to nobody else", async () => {
		const url = new URL("/not-there.mp4", MEDIA).href;
		const fault = faultOf(await run(JSON.stringify({ url, until: "download" }), GONE));
		expect(fault).toMatchObject({ code: "job_failed", message: expect.stringContaining("not-there") });
		const history = await historyOf(GONE);
		expect(history).toContain("Encoded failure");
		expect(history).not.toContain("not-there");
	});

	it.each([
		["without the key", undefined, "codec_key_unknown"],
		["with another one", `k1:${randomBytes(32).toString("base64")}`, "codec_key_wrong"],
	])("the toolkit says what it lacks %s", async (_how, keys, code) => {
		const codecKeys = keys === undefined ? undefined : new Secret(keys);
		const temporal = await connectTemporal({ ...toolkitConnection(perimeter.temporal), codecKeys });
		try {
			const { runId } = await workflow.getHandle(ID).describe();
			await expect(temporal.jobEnd({ workflowId: ID, runId, started: false })).rejects.toMatchObject({ code });
		} finally {
			await temporal.close();
		}
	});

	it("a job that is started in clear is done too, while keys are introduced", async () => {
		await use();
		expect(faultOf(await run(INPUT, `${ID}-clear`)).code).toBe("codec_key_unknown"); // it is done, and cannot be read
		await use(`k1:${KEY}`);
		await succeed(run(INPUT, `${ID}-clear`));
	});

	it("a rotated key is drift until it is deployed, and what was written before stays readable", async () => {
		const later = `k2:${randomBytes(32).toString("base64")},k1:${KEY}`;
		await use(later);
		expect(await project.status()).toMatchObject({ verdict: "drift", drift: ["TEMPORAL_CODEC_KEYS"] });
		await succeed(project.cres("deploy", NAME));
		await succeed(run(INPUT, `${ID}-2`));
		expect(keysOf(await historyOf(`${ID}-2`))).toEqual(["k2"]);
	});

	it("keys of another form end a command before it does anything", async () => {
		await use("k1:short");
		expect(faultOf(await project.cres("deploy", NAME, "--json"))).toMatchObject({
			exitCode: 2,
			code: "codec_keys_invalid",
		});
	});
});
