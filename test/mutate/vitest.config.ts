import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join, relative } from "node:path";
import { defineConfig } from "vitest/config";
import { ForksPoolWorker, type PoolOptions } from "vitest/node";
import main from "../../vitest.config.ts";
import { TASK_FOLDER } from "./task.ts";

const [units] = main.test!.projects as { test: { exclude: string[] } }[];
const path = (beside: string): string => fileURLToPath(new URL(beside, import.meta.url));
const task = process.env[TASK_FOLDER]!;
const changed = new Set(globSync("src/**/*.ts", { cwd: task }));

/** A process of worker.ts for each test file. */
class Mutating extends ForksPoolWorker {
	override readonly name = "mutating";
	override readonly entrypoint = path("worker.ts");
}

/** The test files in MUTATE_TESTS, separated by commas, on the sources that hold the mutants. */
export default defineConfig({
	plugins: [
		{
			name: "mutants",
			enforce: "pre",
			load(id) {
				const name = relative(process.cwd(), id);
				return changed.has(name) ? readFileSync(join(task, name), "utf8") : undefined;
			},
		},
	],
	test: {
		...units!.test,
		include: process.env["MUTATE_TESTS"]?.split(",") ?? [],
		pool: { name: "mutating", createPoolWorker: (options: PoolOptions) => new Mutating(options) },
		runner: path("test-runner.ts"),
		// Of this task alone: what another one changed must not be found there.
		fsModuleCachePath: join(task, "cache"),
		maxConcurrency: 1,
		update: "none",
		reporters: [],
		disableConsoleIntercept: true,
		testTimeout: 20_000,
	},
});
