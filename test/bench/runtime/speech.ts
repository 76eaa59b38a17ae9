import { cp, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { wordErrorRate } from "../../../images/self-test/word-errors.ts";
import { whisperEngineSchema } from "../../../src/contracts/tasks.ts";
import { median, millis, say } from "../measure.ts";
import type { Stage } from "./stage.ts";

/** Eleven seconds of speech in the public domain, 16 kHz mono, 16 bits. */
export const CLIP = join(
	dirname(createRequire(import.meta.url).resolve("nodejs-whisper/package.json")),
	"cpp/whisper.cpp/bindings/go/samples/jfk.wav",
);
const TEXT =
	"And so my fellow Americans, ask not what your country can do for you, ask what you can do for your country.";

const answersSchema = z.array(
	z.object({
		ms: z.number(),
		answer: z.object({ text: z.string(), duration: z.number(), engine: whisperEngineSchema }),
	}),
);

/** Runs in the container, where the route is: when the model is loaded, one request to warm up, then those that count, each timed. */
const program = (rounds: number): string => `
const { openAsBlob } = require("node:fs");
const { setTimeout: delay } = require("node:timers/promises");
(async () => {
	for (let looks = 0; looks < 240 && (await fetch("http://127.0.0.1:8082/health")).status === 503; looks++) await delay(250);
	const all = [];
	for (let round = 0; round <= ${rounds}; round++) {
		const form = new FormData();
		form.set("file", await openAsBlob("/bench/clip.wav"), "clip.wav");
		form.set("response_format", "verbose_json");
		const from = performance.now();
		const response = await fetch("http://127.0.0.1:8082/v1/audio/transcriptions", { method: "POST", body: form });
		if (!response.ok) throw new Error(response.status + " " + (await response.text()));
		const answer = await response.json();
		all.push({ ms: performance.now() - from, answer });
	}
	console.log(JSON.stringify(all.slice(1)));
})();`;

/** The clip through whisper's HTTP route in the container. */
export async function speechSection(stage: Stage): Promise<void> {
	const directory = await mkdtemp(join(tmpdir(), "cres-bench-"));
	stage.defer(() => rm(directory, { recursive: true }));
	await cp(CLIP, join(directory, "clip.wav"));
	const box = await stage.box({ base: `bench-speech-${stage.run}`, mounted: directory });
	await box.container.start();
	await box.polling();
	const printed = await box.exec("node", "-e", program(stage.counts.runs));
	const rounds = answersSchema.parse(JSON.parse(printed));
	const { text, duration, engine } = rounds[0]!.answer;
	const times = rounds.map(({ ms }) => ms);
	const speed = (ms: number): string => (duration / (ms / 1_000)).toFixed(1);
	say(`  heard: ${text.trim()}`);
	const rate = (100 * wordErrorRate(TEXT, text)).toFixed(1);
	say(`  word error rate ${rate} % of ${TEXT.split(" ").length} words; case and punctuation aside`);
	say(
		`  ${duration.toFixed(1)} s of audio in ${millis(median(times))}, median of ${times.length} (${millis(Math.min(...times))} to ${millis(Math.max(...times))}): ${speed(median(times))} s of audio a second`,
	);
	say(
		`  ${engine.name} ${engine.version}, model ${engine.model}, ${engine.device}, ${engine.precision}, pretended: ${engine.pretended}`,
	);
}
