// npm run mutate: changes the code in small ways and shows which of them no fast test notices.
// `npm run mutate -- src/plan` looks at one folder.
import { run, setUpPackages, underNode24 } from "./setup.js";

setUpPackages();
underNode24(process.argv[1]);
run(process.execPath, ["test/mutate/run.ts", ...process.argv.slice(2)], { passOn: true });
