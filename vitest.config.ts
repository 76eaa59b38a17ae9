import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const path = (below: string): string => fileURLToPath(new URL(below, import.meta.url));

/** Files that talk to servers and containers of the perimeter. */
const ON_PERIMETER = "test/**/*.perimeter.test.ts";
/** Those of vitest.slow.config.ts. */
const SLOW = "test/**/*.slow.test.ts";

/** What the set-up and the perimeter lay down for the tests of the whisper process. */
const WHISPER = {
	CRES_WHISPER_PYTHON: path(".cres/whisper/bin/python"),
	CRES_MODELS_DIR: path(".cres/models"),
	CRES_SPEECH_CLIP: path("node_modules/nodejs-whisper/cpp/whisper.cpp/bindings/go/samples/jfk.wav"),
};

export default defineConfig({
	test: {
		reporters: ["default", "./test/support/summary-reporter.ts"],
		projects: [
			{
				extends: true,
				test: {
					name: "units",
					include: ["test/**/*.test.ts"],
					exclude: [ON_PERIMETER, SLOW],
					globalSetup: ["test/support/ipv6-loopback.ts"],
					// They wait for half of their time: for retries, limits and processes.
					maxWorkers: 3,
					sequence: { groupOrder: 1 },
				},
			},
			{
				extends: true,
				test: {
					name: "perimeter",
					include: [ON_PERIMETER],
					globalSetup: ["test/support/perimeter.ts"],
					env: WHISPER,
					hookTimeout: 60_000,
					maxWorkers: 2,
					sequence: { groupOrder: 0 },
				},
			},
		],
		// @oclif/test captures an empty stdout otherwise.
		disableConsoleIntercept: true,
		testTimeout: 60_000,
	},
});
