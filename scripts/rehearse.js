// npm run rehearse: sets up, builds and runs `cres rehearse`. Arguments go there, e.g. `npm run rehearse -- down`.
import { build } from "./build.js";
import { run, setUpPackages, setUpPerimeter, underNode24 } from "./setup.js";

setUpPerimeter({ needsRoot: true });
setUpPackages();
underNode24(process.argv[1]);
await build();
run(process.execPath, ["bin/run.js", "rehearse", ...process.argv.slice(2)], { passOn: true });
