// npm run fuzz: feeds texts to every parser of foreign text and prints how many. `npm run fuzz -- plan --seconds 60` takes one.
import { run, setUpPackages, underNode24 } from "./setup.js";

setUpPackages();
underNode24(process.argv[1]);
run(process.execPath, ["test/fuzz/run.ts", ...process.argv.slice(2)], { passOn: true });
