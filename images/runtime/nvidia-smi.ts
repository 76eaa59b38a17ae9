/** A GPU as nvidia-smi shows it at one moment. */
export interface Gpu {
	name: string;
	driver: string;
	/** Such as 8.6. */
	computeCapability: string;
	totalMiB: number;
	usedMiB: number;
	freeMiB: number;
}

/** Has nvidia-smi print a table of bare numbers. */
export const SMI_FORM = "--format=csv,noheader,nounits";

/** Arguments of nvidia-smi for what parseGpus reads (nvidia-smi --help-query-gpu). */
export const GPU_QUERY = [
	"--query-gpu=name,driver_version,compute_cap,memory.total,memory.used,memory.free",
	SMI_FORM,
] as const;

/** The cells of its table, a line at a time. */
export const smiCells = (stdout: string): string[][] =>
	stdout.split("\n").map((line) => line.split(",").map((cell) => cell.trim()));

/** One GPU a line; lines of another form, such as complaints of the driver, are left out. */
export const parseGpus = (stdout: string): Gpu[] =>
	smiCells(stdout).flatMap(([name, driver, computeCapability, ...memory]) => {
		const [totalMiB, usedMiB, freeMiB] = memory.map((cell) => (cell === "" ? Number.NaN : Number(cell)));
		if (!name || !driver || !computeCapability || memory.length !== 3 || Number.isNaN(totalMiB! + usedMiB! + freeMiB!))
			return [];
		return [{ name, driver, computeCapability, totalMiB: totalMiB!, usedMiB: usedMiB!, freeMiB: freeMiB! }];
	});
