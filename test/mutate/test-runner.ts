import { TestRunner, type RunnerTask, type RunnerTestFile, type RunnerTestSuite, type TestTryOptions } from "vitest";
import { MORE_MS, shared, TIMES } from "./task.ts";

/** Runs the tests of one round: only those that reach the mutant, until the first one fails. */
export default class extends TestRunner {
	readonly #round = shared.__mutateRound__!;

	onCollected(files: RunnerTestFile[]): void {
		for (const file of files) {
			if (file.result?.state === "fail") this.#fail("its import");
			this.#choose(file);
		}
	}

	/** Whether anything of the task runs. */
	#choose(task: RunnerTask): boolean {
		if ("tasks" in task) {
			const runs = task.tasks.map((one) => this.#choose(one)).includes(true);
			if (!runs && task.mode === "run") task.mode = "skip";
			return runs;
		}
		if (task.mode !== "run") return false;
		const { only, times } = this.#round;
		if (only?.has(task.id) === false) task.mode = "skip";
		const before = times.get(task.id);
		if (before !== undefined) task.timeout = Math.min(task.timeout, TIMES * before + MORE_MS);
		return task.mode === "run";
	}

	override onBeforeTryTask(test: RunnerTask, options: TestTryOptions): void {
		super.onBeforeTryTask(test, options);
		(shared.__stryker__ ??= {}).currentTestId = test.id;
	}

	override async onBeforeRunTask(test: RunnerTask): Promise<void> {
		if (this.#round.failed !== undefined && !this.#round.runsAll) test.mode = "skip";
		await super.onBeforeRunTask(test);
	}

	override onAfterRunTask(test: RunnerTask): void {
		super.onAfterRunTask(test);
		(shared.__stryker__ ??= {}).currentTestId = undefined;
		const { state, duration, errors } = test.result ?? {};
		if (state === "fail") this.#fail(test.id, errors?.[0]?.message);
		if (state === "pass" && this.#round.runsAll) this.#round.times.set(test.id, duration ?? 0);
		this.#round.names.set(test.id, test.fullName);
	}

	override async onAfterRunSuite(suite: RunnerTestSuite): Promise<void> {
		await super.onAfterRunSuite(suite);
		const { state, errors } = suite.result ?? {};
		if (state === "fail" && errors && errors.length > 0) this.#fail(`hooks of ${suite.name}`, errors[0]?.message);
	}

	#fail(what: string, message = ""): void {
		this.#round.failures.add(what);
		if (this.#round.failed !== undefined) return;
		this.#round.failed = what;
		this.#round.isTimeout = /^(?:Test|Hook) timed out in /.test(message);
	}
}
