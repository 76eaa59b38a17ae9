import { tmpdir } from "node:os";
import type { SelfTestProcess } from "../../src/contracts/self-test.ts";
import { GPU_QUERY, parseGpus, smiCells, SMI_FORM, type Gpu } from "../runtime/nvidia-smi.ts";
import type { RunProgram } from "../runtime/program.ts";

const PROCESSES = ["--query-compute-apps=pid,process_name,used_memory", SMI_FORM];

/** The devices now. Rejects with what nvidia-smi says, and when there is none. */
export async function readDevices(run: RunProgram, signal: AbortSignal): Promise<Gpu[]> {
	const devices = parseGpus(await ask(run, GPU_QUERY, signal));
	if (devices.length === 0) throw new Error("nvidia-smi shows no device");
	return devices;
}

/** Who uses the GPU. In a container with its own process ids the driver may show nobody. */
export const readProcesses = async (run: RunProgram, signal: AbortSignal): Promise<SelfTestProcess[]> =>
	parseProcesses(await ask(run, PROCESSES, signal));

async function ask(run: RunProgram, query: readonly string[], signal: AbortSignal): Promise<string> {
	const { exitCode, stdout, stderr } = await run("nvidia-smi", query, { directory: tmpdir(), signal });
	if (exitCode === 0) return stdout;
	throw new Error(`nvidia-smi ends with ${exitCode}: ${(stderr || stdout).trim()}`);
}

/** Memory that the driver does not tell (`[N/A]`) counts as 0. */
export const parseProcesses = (stdout: string): SelfTestProcess[] =>
	smiCells(stdout).flatMap(([pid, ...rest]) => {
		const used = Number(rest.pop());
		const name = rest.join(",");
		if (!/^\d+$/.test(pid ?? "") || !name) return [];
		return [{ pid: Number(pid), name, usedMiB: Number.isNaN(used) ? 0 : used }];
	});
