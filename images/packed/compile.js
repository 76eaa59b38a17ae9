// Leaves beside each packed file the byte code of what loading it has run. `--predictable --random-seed=1` makes it the
// same in every build; V8 takes it whatever the options for memory.
import { glob, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { evaluate } from "./load.js";

const directory = import.meta.dirname;
for (const name of (await Array.fromAsync(glob("*.cjs", { cwd: directory }))).sort()) {
	const { packages, script } = evaluate(join(directory, name), undefined);
	for (const [key, evaluatePackage] of Object.entries(packages)) if (!key.endsWith("-thread")) evaluatePackage();
	await writeFile(join(directory, name.replace(/cjs$/, "cache")), script.createCachedData());
}
process.exit();
