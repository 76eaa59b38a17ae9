import { describe, expect, it } from "vitest";
import { usableDevices, whisperHasModel } from "../../../images/worker/gpu-checks.ts";
import type { Log } from "../../../images/runtime/logger.ts";
import type { RunProgram } from "../../../images/runtime/program.ts";
import { serve } from "../../support/web-server.ts";

const signal = new AbortController().signal;
const smi =
	(exitCode: number, stdout: string): RunProgram =>
	() =>
		Promise.resolve({ exitCode, stdout, stderr: "" });

describe("usableDevices", () => {
	it("reads nvidia-smi and leaves out what is full", async () => {
		const table =
			"NVIDIA GeForce RTX 3060, 550.54.15, 8.6, 12288, 388, 11900\nNVIDIA T4, 550.54.15, 7.5, 15360, 15357, 3\n";
		expect(await usableDevices(smi(0, table), signal)).toEqual([
			{
				name: "NVIDIA GeForce RTX 3060",
				driver: "550.54.15",
				computeCapability: "8.6",
				totalMiB: 12_288,
				usedMiB: 388,
				freeMiB: 11_900,
			},
		]);
	});

	it("T16: works with a part of a GPU (MIG), of whose memory nothing is told", async () => {
		const untold = "[Insufficient Permissions]";
		const table = `NVIDIA A100-SXM4-40GB, 570.86.15, 8.0, ${untold}, ${untold}, ${untold}\n`;
		expect(await usableDevices(smi(0, table), signal)).toMatchObject([{ name: "NVIDIA A100-SXM4-40GB", totalMiB: 0 }]);
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
			smi(0, "NVIDIA T4, 550.54.15, 7.5, 15360, 15357, 3\n"),
			"no device has 256 MiB of memory free (NVIDIA T4: 3 MiB)",
		],
		["no program", () => Promise.reject(new Error("spawn nvidia-smi ENOENT\nstack")), "spawn nvidia-smi ENOENT"],
	])("says what is wrong: %s", async (_name, run, message) => {
		await expect(usableDevices(run, signal)).rejects.toThrow(message);
	});
});

describe("whisperHasModel", () => {
	const answering = (...healths: { status: string; reason: string }[]) =>
		serve((_request, response) => {
			const body = healths.length > 1 ? healths.shift()! : healths[0]!;
			response.writeHead(body.status === "ok" ? 200 : 503).end(JSON.stringify(body));
		});
	const absent = { status: "no-model", reason: "no model" };

	it.each(["ok", "loading"])("waits for the model, and no longer: %s", async (status) => {
		await using whisper = await answering(absent, { status: "failed", reason: "broken" }, { status, reason: "base" });
		expect(await whisperHasModel(whisper.origin, () => {}, signal)).toBe("base");
	});

	it("says why it waits, and stops when told to", async () => {
		await using whisper = await answering(absent);
		const [lines, stop] = [[] as unknown[], new AbortController()];
		const log: Log = (level, _message, fields) => {
			lines.push([level, fields?.["reason"]]);
			stop.abort(new Error("told to"));
		};
		await expect(whisperHasModel(whisper.origin, log, stop.signal)).rejects.toThrow("told to");
		expect(lines).toEqual([["WARN", "no model"]]);
	}, 10_000);
});
