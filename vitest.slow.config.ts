import { defineConfig } from "vitest/config";
import main from "./vitest.config.ts";

const [, perimeter] = main.test!.projects as [object, { test: object }];

/** What takes minutes, on the perimeter: `npm run test:slow`. */
export default defineConfig({
	test: {
		...main.test,
		projects: [
			{ test: { ...perimeter.test, name: "slow", include: ["test/**/*.slow.test.ts"], testTimeout: 180_000 } },
		],
	},
});
