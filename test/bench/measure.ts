import { spawn } from "node:child_process";
import { cpus, totalmem } from "node:os";

export const median = (values: readonly number[]): number => {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = sorted.length >> 1;
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export interface RunOptions {
	cwd?: string;
	env?: NodeJS.ProcessEnv;
	/** The moment at which stderr first says this is taken. */
	mark?: string;
}

/** How a program ran. */
export interface Ran {
	exitCode: number;
	/** Milliseconds from spawn to the mark; undefined when it never came. */
	markMs: number | undefined;
	/** Milliseconds from spawn to exit. */
	ms: number;
	stdout: string;
	stderr: string;
}

/** Runs a program to its end and times it. */
export function ran(file: string, args: readonly string[], { mark, ...options }: RunOptions): Promise<Ran> {
	return new Promise((resolve, reject) => {
		const started = performance.now();
		const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
		let [stdout, stderr, markMs]: [string, string, number | undefined] = ["", "", undefined];
		child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
		child.stderr.on("data", (chunk: Buffer) => {
			stderr += chunk.toString();
			if (mark !== undefined && stderr.includes(mark)) markMs ??= performance.now() - started;
		});
		child.once("error", reject);
		child.once("close", (code) =>
			resolve({ exitCode: code ?? -1, ms: performance.now() - started, markMs, stdout, stderr }),
		);
	});
}

/** Runs a program to its end and times it. @throws Error when it does not exit with 0, with what it printed */
export async function mustRun(file: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
	const ended = await ran(file, args, options);
	if (ended.exitCode === 0) return ended;
	throw new Error(`${file} ${args.join(" ")} exits ${ended.exitCode}\n${ended.stdout}${ended.stderr}`);
}

/** Milliseconds of each variant, taken in turns so that other load hits all alike; a first round is thrown away. */
export async function inTurns<K extends string>(
	rounds: number,
	variants: Record<K, () => Promise<number>>,
): Promise<Record<K, number[]>> {
	const names = Object.keys(variants) as K[];
	const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<K, number[]>;
	for (let round = -1; round < rounds; round++)
		for (const name of names) {
			const ms = await variants[name]();
			if (round >= 0) times[name].push(ms);
		}
	return times;
}

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

export const millis = (ms: number): string => `${ms.toFixed(0)} ms`;

const NAME_WIDTH = 24;

/** `name   median   n × floor (fastest of all: n ×)`. */
export function ratioLine(name: string, values: readonly number[], floor: readonly number[]): string {
	const ratio = (of: (values: readonly number[]) => number): string => (of(values) / of(floor)).toFixed(2);
	const fastest = (all: readonly number[]): number => Math.min(...all);
	return `  ${name.padEnd(NAME_WIDTH)} ${millis(median(values)).padStart(8)}  ${ratio(median)} × (fastest ${millis(fastest(values))}, ${ratio(fastest)} ×)`;
}

/** One line about the machine that every figure belongs to. */
export const machine = (): string =>
	`${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform}`;
