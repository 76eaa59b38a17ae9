import { defineConfig } from "vitest/config";
import main from "../../vitest.config.ts";

const [units] = main.test!.projects as { test: { exclude: string[] } }[];

/** Whole rolls at the simulated Vast, in real time, into each of its faults: minutes for one mutant. */
const SLOW = ["test/**/*{fault,resume}*.test.ts", "test/**/{recreate,roll}.test.ts"];

/** The fast tests of the folders in MUTATE_TESTS, separated by commas. */
export default defineConfig({
	test: {
		...units!.test,
		include: (process.env["MUTATE_TESTS"] ?? "test").split(",").map((folder) => `${folder}/**/*.test.ts`),
		exclude: [...units!.test.exclude, ...SLOW],
		disableConsoleIntercept: true,
		testTimeout: 20_000,
	},
});
