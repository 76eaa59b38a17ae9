import { describe, expect, it, onTestFinished } from "vitest";
import { dataConverter } from "../../images/runtime/temporal/data-converter.ts";
import { createPayloadCodec, keyIdOf, type Payload } from "../../src/contracts/payload-codec.ts";
import { redact, Secret } from "../../src/secrets/secret.ts";
import { fromPayloads, toPayloads } from "../../src/temporal/job-state.ts";
import { connectTemporal } from "../../src/temporal/temporal.ts";
import { loopbackTemporal } from "./loopback-temporal.ts";

const KEY = Buffer.alloc(32, 7).toString("base64");
const OTHER = Buffer.alloc(32, 8).toString("base64");
const KEYS = [{ id: "k1", key: KEY }];
const { encode, decode } = dataConverter({ codecKeys: KEYS }).payloadCodecs![0]! as ReturnType<
	typeof createPayloadCodec
>;
const job = { type: "VideoProcessingWorkflow", workflowId: "talk", queue: "v@cpu", input: { url: "private" } };
/** As a worker with the key sends a value. */
const sealed = async (value: unknown) => ({ payloads: await encode(toPayloads(value).payloads) });

async function open(codecKeys?: string) {
	const { world, address } = await loopbackTemporal();
	const keys = codecKeys === undefined ? undefined : new Secret(codecKeys);
	const temporal = await connectTemporal({ address, namespace: "default", codecKeys: keys });
	onTestFinished(() => temporal.close());
	const execution = await temporal.startJob(job);
	return { temporal, execution, kept: world.executions.get("talk")! };
}
type Input = { input: { payloads: Payload[] } };

describe("the payloads of a job", () => {
	it("are encrypted for a worker that has the key", async () => {
		const { kept } = await open(`k1:${KEY}`);
		const { payloads } = (kept.request as unknown as Input).input;
		expect(payloads.map(keyIdOf)).toEqual(["k1"]);
		expect(fromPayloads({ payloads: await decode(payloads) })).toEqual({ url: "private" });
	});

	it("are in clear without keys", async () => {
		const { kept } = await open();
		expect(fromPayloads((kept.request as unknown as Input).input)).toEqual({ url: "private" });
	});

	it("are read where they are encrypted: result, heartbeat and failures", async () => {
		const { temporal, execution, kept } = await open(`k2:${OTHER},k1:${KEY}`);
		const [encodedAttributes] = (await sealed({ message: "the video is gone", stack_trace: "" })).payloads;
		const told = { message: "Encoded failure", encodedAttributes, applicationFailureInfo: { type: "VideoNotFound" } };
		const failure = { message: "Activity task failed", activityFailureInfo: { identity: "w" }, cause: told };
		kept.pendingActivities = [{ heartbeatDetails: await sealed({ stage: "fetch" }), attempt: 2, lastFailure: failure }];
		expect((await temporal.jobState(execution)).pending).toMatchObject([
			{ heartbeat: { stage: "fetch" }, lastFailure: { type: "VideoNotFound", message: "the video is gone" } },
		]);
		kept.end = { workflowExecutionFailedEventAttributes: { failure } };
		expect(await temporal.jobEnd(execution)).toEqual({
			failure: { type: "VideoNotFound", message: "the video is gone", worker: "w" },
		});
		kept.end = { workflowExecutionCompletedEventAttributes: { result: await sealed({ title: "t" }) } };
		expect(await temporal.jobEnd(execution)).toEqual({ result: { title: "t" } });
	});

	it("are read in clear too while keys are introduced", async () => {
		const { temporal, execution, kept } = await open(`k1:${KEY}`);
		kept.end = { workflowExecutionCompletedEventAttributes: { result: toPayloads({ title: "t" }) } };
		expect(await temporal.jobEnd(execution)).toEqual({ result: { title: "t" } });
	});

	it.each([
		["no key", undefined, "codec_key_unknown", "add k1:KEY to TEMPORAL_CODEC_KEYS"],
		["another key", `k2:${OTHER}`, "codec_key_unknown", "add k1:KEY to TEMPORAL_CODEC_KEYS"],
		["a wrong key", `k1:${OTHER}`, "codec_key_wrong", "put the key that the workers have as k1"],
	])("are an error that names the key, with %s", async (_which, keys, code, hint) => {
		const { temporal, execution, kept } = await open(keys);
		kept.end = { workflowExecutionCompletedEventAttributes: { result: await sealed({ title: "t" }) } };
		await expect(temporal.jobEnd(execution)).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
	});
});

it("keys of another form are refused before anything is sent, and no message holds them", async () => {
	const refused = open(`k1:${KEY},k1:${OTHER}`);
	await expect(refused).rejects.toMatchObject({ code: "codec_keys_invalid" });
	await expect(refused).rejects.not.toThrow(KEY);
});

it("each key is redacted, not only the list of them", async () => {
	await open(`a:${OTHER},b:${KEY}`);
	expect(redact(`the key ${KEY}`)).toBe("the key [redacted]");
});
