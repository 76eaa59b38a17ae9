import { globSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";
import main from "../../vitest.config.ts";

const [units] = main.test!.projects as { test: { exclude: string[] } }[];

/** Whole rolls at the simulated Vast and contests of processes, in real time: minutes for one mutant; and what runs the built program. */
const SLOW = /\/support\/(?:vast-|built|run-cres|on-terminal|start-up)|\/contenders\.ts"/;
const slow = globSync("test/**/*.test.ts").filter((file) => SLOW.test(readFileSync(file, "utf8")));

/** The fast tests of the folders in MUTATE_TESTS, separated by commas. */
export default defineConfig({
	test: {
		...units!.test,
		include: (process.env["MUTATE_TESTS"] ?? "test").split(",").map((folder) => `${folder}/**/*.test.ts`),
		exclude: [...units!.test.exclude, ...slow],
		disableConsoleIntercept: true,
		testTimeout: 20_000,
	},
});
