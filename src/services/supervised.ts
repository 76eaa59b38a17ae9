import { messageOf } from "../errors/errors.ts";
import type { Clock } from "../system/clock.ts";
import type { End, PipedProcess, PipedProcesses, PipedProgram } from "../system/piped.ts";
import type { Processes } from "../system/processes.ts";
import { SETTLED_MS, afterCrash } from "./backoff.ts";
import { identify } from "./identity.ts";
import { removeRecord, writeRecord, type ServicePlace } from "./record.ts";

/** `crash-loop`: it has crashed again and again, whether it runs at this moment or waits for its next start. */
export type SupervisedState = "stopped" | "running" | "restarting" | "crash-loop";

export interface SupervisedOptions extends ServicePlace {
	/** What to start, asked for right before each start. */
	program(): PipedProgram;
	/** In the program's environment; a process with this mark that outlives its parent is killed. */
	mark: string;
	/** Default SIGTERM. */
	stopSignal?: NodeJS.Signals;
	/** Told of each process as it starts, before it can say anything. */
	onStart: (process: PipedProcess) => void;
	/** One line about the program, for its log. */
	note: (text: string) => void;
	processes: Processes;
	piped: PipedProcesses;
	clock: Clock;
	/** Milliseconds, monotonic. */
	monotonic: () => number;
}

export interface SupervisedStatus {
	name: string;
	state: SupervisedState;
	pid: number | null;
	/** Since the first start. */
	restarts: number;
	/** How it ended last: `exit 1`, `SIGKILL`; null: it never did. */
	lastEnd: string | null;
	/** Milliseconds that the process has run. */
	upMs: number | null;
}

/** One program that is kept running: its record while it runs, its restarts with growing pauses, its end with all it started. */
export class Supervised {
	readonly #options: SupervisedOptions;
	#process: PipedProcess | undefined;
	#startedAt = 0;
	#state: SupervisedState = "stopped";
	#crashes: readonly number[] = [];
	#isLoop = false;
	#restarts = 0;
	#lastEnd: string | null = null;
	#isWanted = false;
	#keepsAlive = false;
	#pause = new AbortController();

	constructor(options: SupervisedOptions) {
		this.#options = options;
	}

	get name(): string {
		return this.#options.name;
	}

	get status(): SupervisedStatus {
		const { monotonic, name } = this.#options;
		const process = this.#process;
		const upMs = process ? Math.round(monotonic() - this.#startedAt) : null;
		return {
			name,
			state: this.#isLoop && this.#state !== "stopped" && (upMs ?? 0) < SETTLED_MS ? "crash-loop" : this.#state,
			pid: process?.pid ?? null,
			restarts: this.#restarts,
			lastEnd: this.#lastEnd,
			upMs,
		};
	}

	/** From now on a crash is followed by a restart; before, the program just stays ended. */
	keepAlive(): void {
		this.#keepsAlive = true;
	}

	/** @throws Error when the program cannot be started */
	async start(): Promise<void> {
		this.#isWanted = true;
		await this.#start();
	}

	/** Resolves when the process has ended; at once when none runs. */
	async ended(): Promise<void> {
		await this.#process?.ended;
	}

	/** Asks it to end, kills it after `graceMs` with all that it started; it stays ended. Safe to repeat. */
	async stop(graceMs: number): Promise<void> {
		this.#isWanted = false;
		this.#pause.abort();
		const { processes, stopSignal } = this.#options;
		const process = this.#process;
		if (process) {
			processes.ask(process.pid, stopSignal);
			if (!(await this.#endsWithin(process, graceMs))) {
				processes.kill(process.pid);
				await process.ended;
			}
		}
		await this.#sweep();
		await removeRecord(this.#options);
		this.#state = "stopped";
	}

	/** Stops it and starts it again: a wanted restart, no crash. */
	async restart(graceMs: number): Promise<void> {
		await this.stop(graceMs);
		this.#isLoop = false;
		this.#crashes = [];
		this.#restarts++;
		await this.start();
	}

	/** Sends a signal to the process, if it runs. */
	signal(name: NodeJS.Signals): void {
		if (this.#process) this.#options.processes.ask(this.#process.pid, name);
	}

	async #start(): Promise<void> {
		const { piped, processes, monotonic, mark, onStart } = this.#options;
		const program = this.#options.program();
		const process = await piped.start(program);
		this.#process = process;
		this.#startedAt = monotonic();
		this.#state = "running";
		onStart(process);
		// It may have been told to stop while it was starting.
		if (!this.#isWanted) processes.kill(process.pid);
		void process.ended.then((end) => this.#afterEnd(process, end));
		await writeRecord(this.#options, await identify(processes, process.pid, program.file, mark));
	}

	async #afterEnd(process: PipedProcess, { code, signal }: End): Promise<void> {
		this.#lastEnd = signal ?? `exit ${code}`;
		if (this.#process === process) this.#process = undefined;
		if (!this.#isWanted) return;
		this.#state = "stopped";
		if (!this.#keepsAlive) return;
		const { monotonic, note, clock } = this.#options;
		const now = monotonic();
		const { delayMs, isLoop, crashes } = afterCrash(this.#crashes, now, now - this.#startedAt);
		this.#crashes = crashes;
		this.#isLoop = isLoop;
		this.#state = "restarting";
		note(`[ERROR] ended by itself (${this.#lastEnd}); started again in ${delayMs / 1000} s`);
		this.#pause = new AbortController();
		await clock.sleep(delayMs, this.#pause.signal).catch(() => {});
		if (this.#isWanted) await this.#startAgain();
	}

	async #startAgain(): Promise<void> {
		await this.#sweep();
		this.#restarts++;
		try {
			await this.#start();
		} catch (error) {
			this.#options.note(`[ERROR] cannot be started: ${messageOf(error)}`);
			const pause = (this.#pause = new AbortController());
			await this.#options.clock.sleep(30_000, pause.signal).catch(() => {});
			if (this.#isWanted) await this.#startAgain();
		}
	}

	/** Children of it that have left its group, or outlived it. */
	async #sweep(): Promise<void> {
		const { processes, mark } = this.#options;
		for (const pid of await processes.marked(mark)) processes.kill(pid);
	}

	async #endsWithin({ ended }: PipedProcess, ms: number): Promise<boolean> {
		const done = new AbortController();
		const late = this.#options.clock.sleep(ms, done.signal).then(
			() => false,
			() => true,
		);
		const inTime = await Promise.race([ended.then(() => true), late]);
		done.abort();
		return inTime;
	}
}
