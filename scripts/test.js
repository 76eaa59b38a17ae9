// npm test: sets up, builds and runs every test. Arguments go to vitest, e.g. `npm test -- test/plan`.
import { build } from "./build.js";
import { run, setUpPackages, setUpPerimeter, underNode24 } from "./setup.js";

setUpPerimeter();
setUpPackages();
underNode24(process.argv[1]);
await build();
run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)], { passOn: true });
