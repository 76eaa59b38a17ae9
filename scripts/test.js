// npm test: sets up, builds and runs every test. Arguments go to vitest, e.g. `npm test -- test/plan`.
// npm run test:slow: the same with the tests that take minutes (`--slow`).
import { build } from "./build.js";
import { NEEDS, SLOW_NEEDS } from "./needs.js";
import { run, setUpPackages, setUpPerimeter, underNode24 } from "./setup.js";

const given = process.argv.slice(2);
const slow = given[0] === "--slow";
const args = slow ? ["--config", "vitest.slow.config.ts", ...given.slice(1)] : given;

setUpPerimeter({ needs: slow ? [...NEEDS, ...SLOW_NEEDS] : NEEDS });
setUpPackages();
underNode24(process.argv[1]);
await build();
run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...args], { passOn: true });
