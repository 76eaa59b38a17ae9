import { defineConfig } from "vitest/config";

/** Files that talk to servers and containers of the perimeter. */
const PARTS = "test/**/*.parts.test.ts";

export default defineConfig({
	test: {
		reporters: ["default", "./test/support/summary-reporter.ts"],
		projects: [
			{
				extends: true,
				test: { name: "units", include: ["test/**/*.test.ts"], exclude: [PARTS] },
			},
			{
				extends: true,
				test: {
					name: "parts",
					include: [PARTS],
					globalSetup: ["test/support/perimeter.ts"],
					testTimeout: 60_000,
					hookTimeout: 60_000,
				},
			},
		],
		// @oclif/test captures an empty stdout otherwise.
		disableConsoleIntercept: true,
		testTimeout: 20_000,
		maxWorkers: 2,
	},
});
