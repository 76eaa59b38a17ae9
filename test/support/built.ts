import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./sources.ts";

const BUILT = join(ROOT, "dist/src/cli/main.js");

/** The built `cres`, as people run it. `npm test` builds it; it is never older than its sources. */
export const BIN = join(ROOT, "bin/run.js");

const built = statSync(BUILT, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const newer = globSync("src/**/*.ts", { cwd: ROOT }).find((file) => statSync(join(ROOT, file)).mtimeMs > built);
if (newer !== undefined) throw new Error(`dist is older than ${newer}: npm run build`);
