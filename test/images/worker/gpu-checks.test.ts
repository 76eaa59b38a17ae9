import { describe, expect, it } from "vitest";
import { usableDevices, whisperReady } from "../../../images/worker/gpu-checks.ts";
import type { RunProgram } from "../../../images/worker/program.ts";
import { serve } from "../activities/engines.ts";

const signal = new AbortController().signal;
const smi =
	(exitCode: number, stdout: string): RunProgram =>
	() =>
		Promise.resolve({ exitCode, stdout, stderr: "" });

describe("usableDevices", () => {
	it("reads nvidia-smi and leaves out what is full", async () => {
		const table = "NVIDIA GeForce RTX 3060, 550.54.15, 8.6, 12288, 11900\nNVIDIA T4, 550.54.15, 7.5, 15360, 3\n";
		expect(await usableDevices(smi(0, table), signal)).toEqual([
			{
				name: "NVIDIA GeForce RTX 3060",
				driver: "550.54.15",
				computeCapability: "8.6",
				totalMiB: 12_288,
				freeMiB: 11_900,
			},
		]);
	});

	it.each<[string, RunProgram, string]>([
		[
			"no driver",
			smi(9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n"),
			"ends with 9",
		],
		["no device", smi(0, "No devices were found\n"), "shows no device"],
		[
			"full",
			smi(0, "NVIDIA T4, 550.54.15, 7.5, 15360, 3\n"),
			"no device has 256 MiB of memory free (NVIDIA T4: 3 MiB)",
		],
		["no program", () => Promise.reject(new Error("spawn nvidia-smi ENOENT\nstack")), "spawn nvidia-smi ENOENT"],
	])("says what is wrong: %s", async (_name, run, message) => {
		await expect(usableDevices(run, signal)).rejects.toThrow(message);
	});
});

describe("whisperReady", () => {
	it("waits for the model, says why, and returns the engine", async () => {
		let looks = 0;
		await using whisper = await serve((_request, response) => {
			const ready = ++looks > 1;
			const body = ready
				? { status: "ok", engine: { name: "faster-whisper" } }
				: { status: "no-model", reason: "no model" };
			response.writeHead(ready ? 200 : 503).end(JSON.stringify(body));
		});
		const lines: unknown[] = [];
		const engine = await whisperReady(
			whisper.origin,
			(level, _message, fields) => lines.push([level, fields?.["reason"]]),
			signal,
		);
		expect([engine, lines]).toEqual([{ name: "faster-whisper" }, [["WARN", "no model"]]]);
	});

	it("stops waiting when told to", async () => {
		const waiting = whisperReady("http://127.0.0.1:1", () => {}, AbortSignal.timeout(50));
		await expect(waiting).rejects.toThrow("timeout");
	});
});
