// Of mutation testing, which test/mutate/run.ts starts.
import { availableParallelism } from "node:os";

/** @type {ConstructorParameters<typeof import("@stryker-mutator/core").Stryker>[0]} */
export default {
	testRunner: "vitest",
	plugins: ["@stryker-mutator/vitest-runner", "./test/mutate/texts.ts"],
	ignorers: ["texts"],
	vitest: { configFile: "test/mutate/vitest.config.ts" },
	coverageAnalysis: "perTest",
	concurrency: availableParallelism(),
	timeoutMS: 10_000,
	// A busy machine must not pass for a mutant that hangs.
	timeoutFactor: 3,
	dryRunTimeoutMinutes: 10,
	incremental: true,
	tempDirName: "reports/mutate/tmp",
	ignorePatterns: ["reports", "coverage", "dist", ".cres"],
	// Stryker rewrites a tsconfig through an API that TypeScript 7 does not have; no test reads one.
	tsconfigFile: "none",
	disableTypeChecks: false,
	allowEmpty: true,
	logLevel: "warn",
	warnings: { slow: false },
	reporters: [process.stderr.isTTY ? "progress" : "progress-append-only"],
};
