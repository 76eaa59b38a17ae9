import { spawn } from "node:child_process";
import { once } from "node:events";
import { openAsBlob } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { followLines } from "../lines.ts";

const SERVER = join(import.meta.dirname, "../../../images/whisper/server.py");

/** A Python with images/whisper/requirements.txt; a directory that holds whisper/base; eleven seconds of speech. */
const given = (name: "CRES_WHISPER_PYTHON" | "CRES_MODELS_DIR" | "CRES_SPEECH_CLIP"): string => {
	const value = process.env[name];
	if (!value) throw new Error(`${name} is not set`);
	return value;
};

/** The clip is 16 kHz mono of 16 bits. */
const BYTES_A_SECOND = 32_000;

export const modelsDirectory = (): string => given("CRES_MODELS_DIR");
const speechClip = (): string => given("CRES_SPEECH_CLIP");
export const SPEECH =
	"And so my fellow Americans, ask not what your country can do for you, ask what you can do for your country.";

export interface Answer {
	status: number;
	headers: Headers;
	body: unknown;
}

interface WhisperProcess {
	get(path: string): Promise<Answer>;
	/** Asks for a transcript of this content; `fields` in the form of OpenAI's route. */
	transcribe(content: Blob, fields?: [string, string][], signal?: AbortSignal): Promise<Answer>;
	/** The first line of the log that holds `text`, now or later. */
	line(text: string): Promise<string>;
	kill(signal: NodeJS.Signals): void;
	exit: Promise<number | null>;
	/** What uploads and samples have left on disk. */
	leftovers(): Promise<string[]>;
}

/** Starts images/whisper/server.py on a free port with exactly this environment (and PATH). */
export async function startWhisper(environment: Record<string, string>): Promise<WhisperProcess & AsyncDisposable> {
	const scratch = await mkdtemp(join(tmpdir(), "cres-whisper-"));
	const env = { PATH: process.env["PATH"], TMPDIR: scratch, WHISPER_PORT: "0", ...environment };
	const child = spawn(given("CRES_WHISPER_PYTHON"), ["-B", SERVER], { env, stdio: ["ignore", "pipe", "inherit"] });
	const exit = once(child, "close").then(([code]) => code as number | null);
	const { line } = followLines(child.stdout);
	const { port } = JSON.parse(await line('"listening"')) as { port: number };
	return {
		...client(`http://127.0.0.1:${port}`),
		line,
		kill: (signal) => child.kill(signal),
		exit,
		leftovers: () => readdir(scratch),
		async [Symbol.asyncDispose]() {
			child.kill("SIGKILL");
			await exit;
			await rm(scratch, { recursive: true });
		},
	};
}

/** The same with the model loaded. */
export async function startReadyWhisper(
	environment: Record<string, string> = {},
): Promise<WhisperProcess & AsyncDisposable> {
	const whisper = await startWhisper({ MODELS_DIR: modelsDirectory(), ...environment });
	await whisper.line('"whisper: ok"');
	return whisper;
}

/** The speech clip as often as said, `pause` seconds of silence behind each, as a wav file. */
export async function speech(times = 1, pause = 0): Promise<Blob> {
	const wav = Buffer.from(await (await openAsBlob(speechClip())).arrayBuffer());
	const start = wav.indexOf("data") + 8;
	const clip = wav.subarray(start, start + wav.readUInt32LE(start - 4));
	const samples = Buffer.concat([clip, Buffer.alloc(pause * BYTES_A_SECOND)]);
	const header = Buffer.from(wav.subarray(0, start));
	header.writeUInt32LE(samples.length * times, start - 4);
	header.writeUInt32LE(start - 8 + samples.length * times, 4);
	return new Blob([header, ...Array.from({ length: times }, () => samples)]);
}

function client(origin: string): Pick<WhisperProcess, "get" | "transcribe"> {
	const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
		const response = await fetch(origin + path, init);
		return { status: response.status, headers: response.headers, body: await response.json() };
	};
	return {
		get: (path) => ask(path),
		transcribe(content, fields = [], signal) {
			const body = new FormData();
			body.set("file", content, "media");
			for (const [name, value] of fields) body.append(name, value);
			return ask("/v1/audio/transcriptions", { method: "POST", body, ...(signal && { signal }) });
		},
	};
}
