import { inMiB, type ProgramName } from "./names.ts";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Anonymous memory of a program with its children, in bytes: what it gets, and with less it does no work. */
const BUDGETS: Partial<Record<ProgramName, { wanted: number; least: number }>> = {
	llama: { wanted: 3 * GIB, least: 1 * GIB },
	whisper: { wanted: 4 * GIB, least: 768 * MIB },
	api: { wanted: 1 * GIB, least: 256 * MIB },
	"worker-cpu": { wanted: 4 * GIB, least: 512 * MIB },
	"worker-gpu": { wanted: 4 * GIB, least: 384 * MIB },
};

/** For supervisord, the watchdog, models while they are fetched, and logins. */
const RESERVE = 256 * MIB;

export type Limits = ReadonlyMap<ProgramName, number>;

/** The container is too small for its programs; the message is one line that says what fits. */
class TooSmallError extends Error {
	override readonly name = "TooSmallError";
}

/**
 * A memory limit in bytes for each program that has one; all are scaled by one factor where the container has less
 * than they want, but none below what it needs.
 * @throws TooSmallError
 */
export function limitsOf(enabled: readonly ProgramName[], memory: number): Limits {
	const budgets = enabled.flatMap((name) => (BUDGETS[name] ? [{ name, ...BUDGETS[name] }] : []));
	const least = sum(budgets.map((budget) => budget.least)) + RESERVE;
	if (least > memory)
		throw new TooSmallError(
			tooSmall(
				budgets.map(({ name }) => name),
				least,
				memory,
			),
		);
	// What is left above the least is given out in proportion.
	const above = sum(budgets.map((budget) => budget.wanted - budget.least));
	const share = Math.min(1, (memory - least) / above);
	return new Map(
		budgets.map((budget) => [budget.name, mebibytes(budget.least + share * (budget.wanted - budget.least))]),
	);
}

/** The programs of the smallest container that does work. */
const SMALLEST: readonly ProgramName[] = ["api", "worker-cpu"];

function tooSmall(programs: readonly ProgramName[], least: number, memory: number): string {
	const smallest = sum(SMALLEST.map((name) => BUDGETS[name]!.least)) + RESERVE;
	const what = `memory: ${inMiB(memory)} MiB are too few, ${programs.join(", ")} need ${inMiB(least)} MiB`;
	return `${what}; the smallest that works is WORKER_MODE=cpu (${SMALLEST.join(", ")}) with ${inMiB(smallest)} MiB`;
}

const mebibytes = (bytes: number): number => Math.floor(bytes / MIB) * MIB;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
