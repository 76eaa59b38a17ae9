import { messageOf } from "../errors/errors.ts";
import type { End, PipedProcess } from "../system/piped.ts";
import { SETTLED_MS, afterCrash } from "./backoff.ts";
import { identify, type ProcessIdentity } from "./identity.ts";
import { removeRecord, writeRecord } from "./record.ts";
import type { SupervisedOptions, SupervisedState, SupervisedStatus } from "./supervision.ts";

/** One program that is kept running: its record, its restarts with growing pauses, its end with all that it started. */
export class Supervised {
	#process: PipedProcess | undefined;
	#lastPid: number | undefined;
	#startedAt = 0;
	#state: SupervisedState = "stopped";
	#crashes: readonly number[] = [];
	#isLoop = false;
	#restarts = 0;
	#lastEnd: string | null = null;
	#isWanted = false;
	#keepsAlive = false;
	#isOver = false;
	/** Of stops: a start from before one is not to go on. */
	#stops = 0;
	/** Restarts, one after the other. */
	#turn: Promise<void> = Promise.resolve();
	#pause = new AbortController();

	readonly #options: SupervisedOptions;

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
		if (this.#isOver) return;
		this.#isWanted = true;
		await this.#start();
	}

	/** Asks it to end, kills it after `graceMs` with all that it started; it stays ended. Safe to repeat. */
	async stop(graceMs: number): Promise<void> {
		this.#isWanted = false;
		this.#stops++;
		this.#pause.abort();
		const { processes, stopSignal, note } = this.#options;
		const process = this.#process;
		if (process) {
			processes.ask(process.pid, stopSignal);
			if (!(await this.#endsWithin(process, graceMs))) {
				processes.kill(process.pid);
				await process.ended;
			}
		}
		await this.#sweep();
		await removeRecord(this.#options).catch((error: unknown) => note(messageOf(error)));
		this.#state = "stopped";
	}

	/** Stops it for good: nothing starts it again, not even a restart that has begun. */
	end(graceMs: number): Promise<void> {
		this.#isOver = true;
		return this.stop(graceMs);
	}

	/** Stops it and starts it again: a wanted restart, no crash. Restarts at the same time follow each other. */
	restart(graceMs: number): Promise<void> {
		const restart = this.#turn.then(async () => {
			await this.stop(graceMs);
			this.#isLoop = false;
			this.#crashes = [];
			this.#restarts++;
			await this.start();
		});
		this.#turn = restart.catch(() => {});
		return restart;
	}

	signal(name: NodeJS.Signals): void {
		if (this.#process) this.#options.processes.ask(this.#process.pid, name);
	}

	async #start(): Promise<void> {
		const { piped, processes, monotonic, mark, onStart } = this.#options;
		const stops = this.#stops;
		const program = this.#options.program();
		const process = await piped.start(program);
		onStart(process);
		// It may have been told to stop while it was starting, and been started again since.
		if (stops !== this.#stops) return processes.kill(process.pid);
		this.#process = process;
		this.#lastPid = process.pid;
		this.#startedAt = monotonic();
		this.#state = "running";
		void process.ended.then((end) => this.#afterEnd(process, end));
		await this.#record(await identify(processes, process.pid, program.file, mark));
	}

	/** On a full disk a process that is to be kept alive goes on without a record: its mark still tells whose it is. */
	async #record(identity: ProcessIdentity): Promise<void> {
		const { note, processes } = this.#options;
		await writeRecord(this.#options, identity).catch((error: unknown) => {
			if (this.#keepsAlive) return note(`[ERROR] its record cannot be written: ${messageOf(error)}`);
			processes.kill(identity.pid);
			throw error;
		});
	}

	async #afterEnd(process: PipedProcess, { code, signal }: End): Promise<void> {
		this.#lastEnd = signal ?? `exit ${code}`;
		if (this.#process === process) this.#process = undefined;
		if (!this.#isWanted) return;
		this.#state = "stopped";
		if (!this.#keepsAlive) return;
		const { monotonic, note } = this.#options;
		const now = monotonic();
		const { delayMs, isLoop, crashes } = afterCrash(this.#crashes, now, now - this.#startedAt);
		this.#crashes = crashes;
		this.#isLoop = isLoop;
		this.#state = "restarting";
		note(`[ERROR] ended by itself (${this.#lastEnd}); started again in ${delayMs / 1000} s`);
		await this.#startAgain(delayMs);
	}

	async #startAgain(delayMs: number): Promise<void> {
		const stops = this.#stops;
		const pause = (this.#pause = new AbortController());
		await this.#options.clock.sleep(delayMs, pause.signal).catch(() => {});
		if (stops !== this.#stops) return;
		this.#restarts++;
		try {
			await this.#sweep();
			if (stops === this.#stops) await this.#start();
		} catch (error) {
			this.#options.note(`[ERROR] cannot be started: ${messageOf(error)}`);
			if (stops === this.#stops) await this.#startAgain(30_000);
		}
	}

	/** Children of it that outlived it, also those that have left its group. */
	async #sweep(): Promise<void> {
		const { processes, mark } = this.#options;
		const group = this.#lastPid === undefined ? [] : await processes.bereaved(this.#lastPid);
		for (const pid of [...group, ...(await processes.marked(mark))]) processes.kill(pid);
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
