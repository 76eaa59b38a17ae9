#!/usr/bin/env node
import module from "node:module";
import { fileURLToPath } from "node:url";

if (Number.parseInt(process.versions.node) < 24) {
	process.stderr.write(`✖ cres needs Node 24 or newer, this is ${process.version}\n  → install Node 24\n`);
	process.exit(2);
}
module.enableCompileCache();
process.noDeprecation = true; // of packages: Node leaves it out for files in node_modules, but not for a bundle of them
// A proxy of the environment is used as by other programs (curl's rules: HTTPS_PROXY, HTTP_PROXY, NO_PROXY).
const useProxy = () => {
	if (Object.keys(process.env).some((name) => /^https?_proxy$/i.test(name)))
		process.getBuiltinModule("node:http").setGlobalProxyFromEnv?.(); // Node 24.0 has it not
};
// What is painted before the flags are read, and by packages, must know it too.
if (process.argv.includes("--no-color")) process.env["NO_COLOR"] = "1";
const { main } = await import("../dist/src/cli/main.js");
await main({ root: fileURLToPath(new URL("..", import.meta.url)) }, process.argv.slice(2), useProxy);
// A connection that somebody forgot keeps no finished command alive.
setInterval(() => process.stdout.writableLength === 0 && process.exit(), 1000).unref();
