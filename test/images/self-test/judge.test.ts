import { describe, expect, it } from "vitest";
import { parseEnvironment } from "../../../images/runtime/process-environment.ts";
import { judgeLlamaDevice, judgeWhisperDevice } from "../../../images/self-test/on-gpu.ts";
import { parseProcesses } from "../../../images/self-test/smi.ts";
import { wordErrorRate } from "../../../images/self-test/word-errors.ts";

const spoken = (device: "cuda" | "cpu", pretended = false) => ({
	text: "",
	engine: { name: "faster-whisper", version: "1.2.0", device, precision: "int8", model: "base", pretended },
});
const llama = (usedMiB: number) => [{ pid: 71, name: "/usr/bin/llama-server", usedMiB }];
const whisper = [{ pid: 72, name: "/opt/whisper/bin/python", usedMiB: 900 }];

describe("wordErrorRate", () => {
	it.each([
		["Ask not, what.", "ask NOT what", 0],
		["ask not what", "ask what", 1 / 3],
		["ask not", "ask not for more", 1],
		["ask not", "", 1],
	])("counts words that are wrong, missing or too many: %s → %s", (said, heard, rate) => {
		expect(wordErrorRate(said, heard)).toBe(rate);
	});
});

describe("nvidia-smi's table of processes", () => {
	it("is read line by line; memory that it does not tell counts as none", () => {
		expect(parseProcesses("71, /opt/a,b/llama-server, 5012\n72, python, [N/A]\n\n")).toEqual([
			{ pid: 71, name: "/opt/a,b/llama-server", usedMiB: 5012 },
			{ pid: 72, name: "python", usedMiB: 0 },
		]);
	});
});

describe("the role gpu", () => {
	it.each([
		[spoken("cuda"), false, true],
		[spoken("cpu"), false, false],
		[spoken("cuda", true), false, false],
		[spoken("cpu", true), true, true],
		[spoken("cpu"), true, false],
	])("wants whisper on CUDA, or told as pretended where it is pretended: %j, %s", (said, pretend, ok) => {
		expect(judgeWhisperDevice(said, pretend).ok).toBe(ok);
	});

	it.each([
		["its process holds the model", llama(5_000), 5_100, true],
		["its process holds a little of it", llama(300), 9_000, false],
		["only others use the GPU", whisper, 9_000, false],
		["nobody is shown and the memory is in use", [], 5_100, true],
		["somebody without a name is shown", [{ pid: 9, name: "[Not Found]", usedMiB: 5_000 }], 5_100, true],
		["nobody is shown and the memory is free", [], 900, false],
	])("wants llama's layers on the GPU: %s", (_case, processes, peakMiB, ok) => {
		expect(judgeLlamaDevice({ processes, devices: [{ peakMiB, totalMiB: 8_000 }], modelMiB: 4_700 }, false).ok).toBe(
			ok,
		);
	});

	it("T16: holds nothing against llama where the driver tells no memory at all", () => {
		const untold = { processes: [], devices: [{ peakMiB: 0, totalMiB: 0 }], modelMiB: 4_700 };
		expect(judgeLlamaDevice(untold, false)).toMatchObject({ ok: true, observed: expect.stringContaining("not known") });
		expect(judgeLlamaDevice({ ...untold, devices: [] }, false).ok).toBe(false);
	});
});

it("takes a container's environment from the form of /proc", () => {
	expect(parseEnvironment("A=1\0B=x=y\0=z\0none\0")).toEqual({ A: "1", B: "x=y" });
});
