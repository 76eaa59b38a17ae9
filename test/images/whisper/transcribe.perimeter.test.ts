import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SPEECH, speech, startReadyWhisper } from "./whisper-process.ts";

interface Transcript {
	text: string;
	language: string;
	duration: number;
	segments: { id: number; start: number; end: number; text: string }[];
	words?: { word: string; start: number; end: number }[];
	engine: Record<string, unknown>;
}

const ENGINE = {
	name: "faster-whisper",
	version: "1.2.1",
	device: "cpu",
	precision: "int8_float32",
	model: "base",
	pretended: false,
};
const EVERYTHING: [string, string][] = [
	["response_format", "verbose_json"],
	["timestamp_granularities[]", "segment"],
	["timestamp_granularities[]", "word"],
];

describe("POST /v1/audio/transcriptions", { timeout: 120_000 }, () => {
	let whisper: Awaited<ReturnType<typeof startReadyWhisper>>;
	beforeAll(async () => {
		whisper = await startReadyWhisper({ WHISPER_PIECE_SECONDS: "60" });
	}, 60_000);
	afterAll(() => whisper[Symbol.asyncDispose]());

	it("writes down a real speech without a wrong word, with times of segments and words", async () => {
		const { status, body } = await whisper.transcribe(await speech(), EVERYTHING);
		const { text, language, duration, segments, words, engine } = body as Transcript;
		expect({ status, text, language, duration, engine }).toEqual({
			status: 200,
			text: SPEECH,
			language: "en",
			duration: 11,
			engine: ENGINE,
		});
		expect(segments.map((segment) => segment.text).join(" ")).toBe(SPEECH);
		expect(words!.map(({ word }) => word).join(" ")).toBe(SPEECH);
		expect(inOrder(segments, duration)).toBe(true);
		expect(inOrder(words!, duration)).toBe(true);
	});

	it("names the engine in the short answer too", async () => {
		const { body } = await whisper.transcribe(await speech(), [["language", "en"]]);
		expect(body).toEqual({ text: SPEECH, engine: ENGINE });
	});

	it("loses and doubles nothing where a long recording is cut in the middle of a sentence", async () => {
		const { body } = await whisper.transcribe(await speech(3, 17), EVERYTHING);
		const { text, duration, segments, words } = body as Transcript;
		expect({ duration, times: text.match(/fellow Americans/g)!.length }).toEqual({ duration: 84, times: 3 });
		// The model mishears a word now and then.
		expect(Math.abs(words!.length - 3 * SPEECH.split(" ").length)).toBeLessThanOrEqual(2);
		const starts = words!.filter(({ word }) => word === "fellow").map(({ start }) => Math.round(start));
		expect(starts).toEqual([1, 29, 57]);
		expect(segments.map(({ id }) => id)).toEqual(segments.map((_, index) => index));
		expect(inOrder(words!, duration)).toBe(true);
	});

	it("works on one request at a time", async () => {
		const started = Date.now();
		await whisper.transcribe(await speech());
		const alone = Date.now() - started;
		const ends: number[] = [];
		const both = [1, 2].map(async () => {
			const { status } = await whisper.transcribe(await speech());
			ends.push(Date.now());
			return status;
		});
		expect(await Promise.all(both)).toEqual([200, 200]);
		expect(ends[1]! - ends[0]!).toBeGreaterThan(alone / 3);
	});

	it("leaves nothing on disk", async () => {
		await whisper.transcribe(await speech());
		expect(await whisper.leftovers()).toEqual([]);
	});
});

/** Rounding may let one end a hundredth of a second behind the next one's start. */
const inOrder = (spans: { start: number; end: number }[], duration: number): boolean =>
	spans.every(
		({ start, end }, index) => start <= end && end <= duration + 0.05 && start >= (spans[index - 1]?.end ?? 0) - 0.05,
	);
