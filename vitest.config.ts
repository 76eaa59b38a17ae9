import { defineConfig } from "vitest/config";

export default defineConfig({
	test: {
		include: ["test/**/*.test.ts"],
		globalSetup: ["test/support/perimeter.ts"],
		reporters: ["default", "./test/support/summary-reporter.ts"],
		// @oclif/test captures an empty stdout otherwise.
		disableConsoleIntercept: true,
		testTimeout: 20_000,
		// Two cores: files that start servers and containers disturb each other's waiting.
		maxWorkers: 2,
	},
});
