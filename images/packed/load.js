import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { constants, Script } from "node:vm";

const directory = import.meta.dirname;
const loaded = new Map();

/**
 * The packages of one file, each as a function that evaluates it once. Without fitting byte code the file is compiled.
 * @public the modules that pack.js writes call it
 */
export function load(name) {
	if (!loaded.has(name)) loaded.set(name, evaluate(join(directory, `${name}.cjs`), read(`${name}.cache`)).packages);
	return loaded.get(name);
}

/** What a file exports, and the script, whose functions stay compiled once they have run. */
export function evaluate(filename, cachedData) {
	const source = readFileSync(filename, "latin1");
	const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
		filename,
		cachedData,
		importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
	});
	const module = { exports: {} };
	script.runInThisContext()(module.exports, createRequire(filename), module, filename, directory);
	return { packages: module.exports, script };
}

function read(name) {
	try {
		return readFileSync(join(directory, name));
	} catch {
		return undefined;
	}
}
