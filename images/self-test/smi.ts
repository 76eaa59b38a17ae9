import { tmpdir } from "node:os";
import type { SelfTestProcess } from "../../src/contracts/self-test.ts";
import type { RunProgram } from "../worker/program.ts";

/** A device as nvidia-smi shows it at one moment. */
export interface SmiDevice {
	name: string;
	driver: string;
	computeCapability: string;
	totalMiB: number;
	usedMiB: number;
}

const FORM = "--format=csv,noheader,nounits";
const DEVICES = ["--query-gpu=name,driver_version,compute_cap,memory.total,memory.used", FORM];
const PROCESSES = ["--query-compute-apps=pid,process_name,used_memory", FORM];

/** The devices now. Rejects with what nvidia-smi says, and when there is none. */
export async function readDevices(run: RunProgram, signal: AbortSignal): Promise<SmiDevice[]> {
	const devices = parseDevices(await ask(run, DEVICES, signal));
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

const cellsOf = (stdout: string): string[][] =>
	stdout.split("\n").map((line) => line.split(",").map((cell) => cell.trim()));

/** Lines of another form are left out. */
export const parseDevices = (stdout: string): SmiDevice[] =>
	cellsOf(stdout).flatMap(([name, driver, computeCapability, total, used]) => {
		const [totalMiB, usedMiB] = [Number(total), Number(used)];
		if (!name || !driver || !computeCapability || !total || !used || Number.isNaN(totalMiB + usedMiB)) return [];
		return [{ name, driver, computeCapability, totalMiB, usedMiB }];
	});

/** Memory that the driver does not tell (`[N/A]`) counts as 0. */
export const parseProcesses = (stdout: string): SelfTestProcess[] =>
	cellsOf(stdout).flatMap(([pid, ...rest]) => {
		const used = Number(rest.pop());
		const name = rest.join(",");
		if (!/^\d+$/.test(pid ?? "") || !name) return [];
		return [{ pid: Number(pid), name, usedMiB: Number.isNaN(used) ? 0 : used }];
	});
