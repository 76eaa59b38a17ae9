// npm run bench: sets up, builds and runs the benchmarks. `npm run bench -- start` runs one of them.
import { build } from "./build.js";
import { run, setUpPackages, setUpPerimeter, underNode24 } from "./setup.js";

setUpPerimeter();
setUpPackages();
underNode24(process.argv[1]);
await build();
run(process.execPath, ["test/bench/run.ts", ...process.argv.slice(2)], { passOn: true });
