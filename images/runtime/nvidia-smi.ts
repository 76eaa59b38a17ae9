/** A GPU as nvidia-smi shows it at one moment. */
export interface Gpu {
	name: string;
	driver: string;
	/** Such as 8.6. */
	computeCapability: string;
	/** 0, as the others, where the driver does not tell: of a part of a GPU (MIG), and where it has no memory of its own. */
	totalMiB: number;
	usedMiB: number;
	freeMiB: number;
}

/** Its memory, for people. */
export const memoryOf = ({ totalMiB }: Pick<Gpu, "totalMiB">): string =>
	totalMiB === 0 ? "memory not told" : `${totalMiB} MiB`;

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

/** `[N/A]`, `[Not Supported]` and `[Insufficient Permissions]` stand for what is not told. */
const mebibytes = (cell: string): number => (/^\[[\w /]+\]$/.test(cell) ? 0 : cell === "" ? Number.NaN : Number(cell));

/** One GPU a line; lines of another form, such as complaints of the driver, are left out. */
export const parseGpus = (stdout: string): Gpu[] =>
	smiCells(stdout).flatMap(([name, driver, computeCapability, ...memory]) => {
		const [totalMiB, usedMiB, freeMiB] = memory.map(mebibytes);
		if (!name || !driver || !computeCapability || memory.length !== 3 || Number.isNaN(totalMiB! + usedMiB! + freeMiB!))
			return [];
		return [{ name, driver, computeCapability, totalMiB: totalMiB!, usedMiB: usedMiB!, freeMiB: freeMiB! }];
	});
