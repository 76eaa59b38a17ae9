// npm run workflows: checks .github/workflows with actionlint and zizmor, which PyPI carries as programs. Needs no network
// once they are installed; nothing is asked of GitHub. Plain JavaScript that Node 20 runs.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, run, setUpLinters } from "./setup.js";

setUpLinters();
const program = (name) => join(root, ".cres/linters", process.platform === "win32" ? "Scripts" : "bin", name);
const files = readdirSync(join(root, ".github/workflows")).map((name) => join(".github/workflows", name));
run(program("actionlint"), ["-no-color", ...files], { timeout: 60_000 });
run(program("zizmor"), ["--offline", "--no-progress", "--quiet", "--persona=pedantic", ...files], { timeout: 60_000 });
