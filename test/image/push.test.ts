import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pushImage } from "../../src/image/push.ts";
import { Secret } from "../../src/secrets/secret.ts";
import { startDockerEngine, type DockerEngine } from "../support/docker-engine.ts";

const PUSH = "POST /images/registry.test/o/w/push";
const NEVER = new AbortController().signal;

let engine: DockerEngine;
beforeEach(async () => void (engine = await startDockerEngine()));
afterEach(() => engine[Symbol.asyncDispose]());

const push = () => {
	const credential = { username: "ann", password: new Secret("pass-word") };
	const job = { daemon: `unix://${engine.socket}`, host: "registry.test", repository: "o/w", tag: "t", credential };
	return pushImage(job, () => {}, NEVER, undefined, 1);
};
/** What the daemon says, one list of events a push. */
const saying = (...pushes: object[][]) => {
	engine.streams[PUSH] = (response) => {
		const events = pushes.length > 1 ? pushes.shift()! : pushes[0]!;
		response.end(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
	};
};
const refusal = (message: string) => ({ error: message, errorDetail: { message } });
const layer = (status: string) => ({ id: "aaaaaaaaaaaa", status, progressDetail: { current: 1, total: 2 } });

describe("a push", () => {
	it("tells the layers that were sent", async () => {
		saying([layer("Pushing"), layer("Pushed")]);
		expect([...(await push())]).toEqual(["aaaaaaaaaaaa"]);
	});

	it.each([
		["unauthorized: authentication required", /refuses the login/],
		["no space left on device", /the disk of the Docker daemon is full/],
		["unsupported media type", /cannot read the image/],
		["dial tcp 10.0.0.9:5000: i/o timeout", /./],
	])("T02: that breaks off after a 200 is quoted, with what to do: %s", async (sentence, hint) => {
		saying([layer("Pushing"), refusal(sentence)]);
		await expect(push()).rejects.toMatchObject({
			code: "push_failed",
			message: `registry.test/o/w:t could not be pushed by unix://${engine.socket}: ${sentence}`,
			hint: expect.stringMatching(hint) as string,
		});
		expect(engine.asked).toHaveLength(1);
	});

	it.each([
		"blob unknown to registry",
		"received unexpected HTTP status: 502 Bad Gateway",
		"toomanyrequests: slow down",
		"write tcp 10.0.0.2:50412->10.0.0.9:5000: write: connection reset by peer",
		"write tcp 10.0.0.2:50412->10.0.0.9:5000: write: broken pipe",
		"read tcp 10.0.0.2:50412->10.0.0.9:5000: i/o timeout",
		'Patch "http://registry.test/v2/o/w/blobs/uploads/1": EOF',
		"unexpected EOF",
	])("M27: is made again when the registry could not serve just then, or was cut off: %s", async (sentence) => {
		saying([layer("Pushing"), refusal(sentence)], [layer("Pushed")]);
		expect([...(await push())]).toEqual(["aaaaaaaaaaaa"]);
		saying([refusal(sentence)]);
		await expect(push()).rejects.toMatchObject({ message: expect.stringContaining(sentence) as string });
		expect(engine.asked).toHaveLength(2 + 3);
	});
});
