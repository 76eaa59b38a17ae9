import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, SPEECH, speech, startReadyWhisper } from "./whisper-process.ts";

const refusal = ({ status, body }: Answer): string => {
	const { error } = body as { error: { type: string; code: string; message: string } };
	return `${status} ${error.type} ${error.code}${error.message === "" ? " without a message" : ""}`;
};

describe("what is not transcribed", { timeout: 60_000 }, () => {
	let whisper: Awaited<ReturnType<typeof startReadyWhisper>>;
	beforeAll(async () => {
		whisper = await startReadyWhisper({ WHISPER_MAX_BODY_BYTES: "500000", WHISPER_MAX_AUDIO_SECONDS: "12" });
	}, 60_000);
	afterAll(() => whisper[Symbol.asyncDispose]());

	it.each([
		["a file without bytes", new Blob([]), "400 invalid_request_error empty_file"],
		["text", new Blob(["This is no video.\n".repeat(200)]), "415 invalid_request_error not_media"],
		["more than the body limit", new Blob([Buffer.alloc(2_000_000)]), "413 invalid_request_error too_large"],
	])("%s", async (_title, content, expected) => {
		expect(refusal(await whisper.transcribe(content))).toBe(expected);
	});

	it("a video without audio", async () => {
		const video = await encoded("-f", "lavfi", "-i", "color=c=black:s=64x64:d=1", "-c:v", "mpeg4");
		expect(refusal(await whisper.transcribe(video))).toBe("422 invalid_request_error no_audio");
	});

	it("a container cut off before its index", async () => {
		const whole = await encoded("-f", "lavfi", "-i", "sine=d=3", "-c:a", "aac");
		expect(refusal(await whisper.transcribe(whole.slice(0, 8_000)))).toBe("415 invalid_request_error not_media");
	});

	it("small files with hours of audio", async () => {
		const silence = await encoded("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "20", "-c:a", "aac");
		expect(refusal(await whisper.transcribe(silence))).toBe("413 invalid_request_error audio_too_long");
	});

	it.each([
		["response_format", "srt", "bad_format"],
		["language", "xx", "bad_language"],
		["model", "large-v3", "model_not_found"],
		["timestamp_granularities[]", "letter", "bad_granularity"],
	])("%s=%s", async (name, value, code) => {
		expect(refusal(await whisper.transcribe(await speech(), [[name, value]]))).toBe(
			`400 invalid_request_error ${code}`,
		);
	});

	it("leaves nothing on disk and the next request unharmed", async () => {
		expect(await whisper.leftovers()).toEqual([]);
		expect((await whisper.transcribe(await speech())).body).toMatchObject({ text: SPEECH });
	});
});

async function encoded(...args: string[]): Promise<Blob> {
	const directory = await mkdtemp(join(tmpdir(), "cres-media-"));
	const file = join(directory, "media.mp4");
	await promisify(execFile)("ffmpeg", ["-nostdin", "-v", "error", ...args, file]);
	const content = await readFile(file);
	await rm(directory, { recursive: true });
	return new Blob([content]);
}
