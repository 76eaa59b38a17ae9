import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { gpuChecks, type GpuPorts } from "../../../images/self-test/gpu-checks.ts";
import { runProgram } from "../../../images/runtime/program.ts";
import { serve } from "../../support/web-server.ts";

const TEXT =
	"And so my fellow Americans ask not what your country can do for you ask what you can do for your country.";
const ENGINE = { name: "faster-whisper", version: "1.2.0", device: "cuda", precision: "float16", model: "base" };
const DEVICE = "NVIDIA T4, 570.86.15, 7.5, 15360, 6000, 9360";
const LIMITS = { smi: 1_500, whisper: 1_500, llama: 1_500 };

const whisperSaying = (text: string, engine: object = {}) =>
	serve((request, response) => {
		const about = { language: "en", duration: 11, segments: [] };
		const answer = { ...about, text, engine: { ...ENGINE, pretended: false, ...engine } };
		request.resume().on("end", () => response.end(JSON.stringify(answer)));
	});
const llamaSaying = (content: string) =>
	serve((request, response) => {
		const answer = { choices: [{ message: { content } }], timings: { predicted_per_second: 40 } };
		request.resume().on("end", () => response.end(JSON.stringify(request.url === "/props" ? {} : answer)));
	});

const PATH = process.env["PATH"]!;
const directories: string[] = [];
afterEach(async () => {
	process.env["PATH"] = PATH;
	for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** Puts a program called nvidia-smi before all others. */
async function installSmi(script: string): Promise<void> {
	const directory = await mkdtemp(join(tmpdir(), "cres-smi-"));
	directories.push(directory);
	await writeFile(join(directory, "nvidia-smi"), `#!/bin/sh\n${script}\n`);
	await chmod(join(directory, "nvidia-smi"), 0o755);
	process.env["PATH"] = `${directory}${delimiter}${PATH}`;
}
const showing = (processes: string) => `case $1 in --query-gpu*) echo "${DEVICE}" ;; *) echo "${processes}" ;; esac`;

const look = (ports: Pick<GpuPorts, "whisper" | "llama"> & Partial<GpuPorts>) =>
	gpuChecks({ run: runProgram, pretend: false, signal: new AbortController().signal, limits: LIMITS, ...ports });
const failed = ({ checks }: Awaited<ReturnType<typeof look>>) => checks.filter(({ ok }) => !ok).map(({ id }) => id);

describe("the checks of the role gpu", () => {
	it("pass where both engines work on the GPU, and show its memory", async () => {
		await installSmi(showing("71, llama-server, 5000"));
		await using whisper = await whisperSaying(TEXT);
		await using llama = await llamaSaying("Red, green, blue.");
		const found = await look({ whisper: whisper.origin, llama: llama.origin });
		expect(failed(found)).toEqual([]);
		expect(found.checks.map(({ id }) => id)).toEqual([
			"gpu",
			"transcription",
			"whisper-device",
			"completion",
			"llama-device",
		]);
		expect(found.devices).toMatchObject([{ name: "NVIDIA T4", beforeMiB: 6000, peakMiB: 6000, afterMiB: 6000 }]);
		expect(found.processes).toEqual([{ pid: 71, name: "llama-server", usedMiB: 5000 }]);
	});

	it("fail where whisper works on the CPU, hears something else, or llama is not on the GPU", async () => {
		await installSmi(showing("72, python, 900"));
		await using whisper = await whisperSaying("Thanks for watching!", { device: "cpu" });
		await using llama = await llamaSaying("Red.");
		const found = await look({ whisper: whisper.origin, llama: llama.origin });
		expect(failed(found)).toEqual(["transcription", "whisper-device", "llama-device"]);
	});

	it("end in time where nvidia-smi and the engines hang", async () => {
		await installSmi("trap '' TERM; sleep 30");
		await using silent = await serve(() => {});
		const started = performance.now();
		const found = await look({ whisper: silent.origin, llama: silent.origin });
		expect(performance.now() - started).toBeLessThan(6_000);
		expect(failed(found)).toEqual(["gpu", "transcription", "whisper-device", "completion", "llama-device"]);
		expect(found.checks[0]!.observed).toBe("no answer within 1.5 s");
	});

	it("say why where nothing is there", async () => {
		await installSmi("echo no driver >&2; exit 9");
		const nobody = "http://127.0.0.1:9";
		const { checks } = await look({ whisper: nobody, llama: undefined });
		expect(checks.map(({ id, observed }) => `${id}: ${observed}`)).toEqual([
			"gpu: nvidia-smi ends with 9: no driver",
			expect.stringContaining("ECONNREFUSED"),
			"whisper-device: not known without a transcription",
			"completion: LLAMA_DISABLE is set: not asked",
		]);
	});

	it("wait for a whisper that loads or is busy, not for one without a model", async () => {
		await installSmi(showing(""));
		const codes = ["loading", "busy", "no_model"];
		await using whisper = await serve((request, response) => {
			const error = { code: codes.shift(), message: "not now" };
			request.resume().on("end", () => response.writeHead(503).end(JSON.stringify({ error })));
		});
		const { checks } = await look({ whisper: whisper.origin, llama: undefined, limits: { ...LIMITS, whisper: 9_000 } });
		expect(codes).toEqual([]);
		expect(checks[1]!.observed).toBe("whisper answers 503: not now");
	});

	it("are satisfied by the CPU where the GPU is pretended, and say so", async () => {
		await using whisper = await whisperSaying(TEXT, { device: "cpu", pretended: true });
		await using llama = await llamaSaying("Red.");
		const found = await look({ whisper: whisper.origin, llama: llama.origin, pretend: true });
		expect(failed(found)).toEqual([]);
		expect(found.checks[0]!.observed).toContain("GPU_PRETEND is set");
		expect(found.devices).toEqual([]);
	});
});
