import type { Reporter, TestModule } from "vitest/node";

/** Closes every run with one line that any CI can count: `N passed, N failed`. */
export default class SummaryReporter implements Reporter {
	onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
		const tests = modules.flatMap((module) => [...module.children.allTests()]);
		const count = (state: string): number => tests.filter((test) => test.result().state === state).length;
		const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
		const skipped = count("skipped") + count("pending");
		const line = `${count("passed")} passed, ${count("failed") + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
		process.once("exit", () => process.stdout.write(`${line}\n`));
	}
}
