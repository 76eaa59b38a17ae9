// Bundles the toolkit into dist/, writes oclif.manifest.json, cres.schema.json and docs/reference/errors.md, and compiles the payload.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, run, setUpPackages, underNode24 } from "./setup.js";

/** Everything that `bin/run.js` and `cres build` need, made again; nothing of an earlier tree stays. */
export async function build() {
	rmSync(join(root, "dist"), { recursive: true, force: true });
	rmSync(join(root, "oclif.manifest.json"), { force: true });
	const payload = spawn(process.execPath, ["images/build.js"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
	const [[code]] = await Promise.all([once(payload, "close"), buildToolkit()]);
	if (code !== 0) process.exit(1);
}

async function buildToolkit() {
	const { bundle } = await import("./bundle.js"); // its packages are there after the set-up only
	await bundle();
	run(process.execPath, ["node_modules/oclif/bin/run.js", "manifest", "."], { stdio: ["ignore", "ignore", "inherit"] });
	const { jsonSchemaText } = await import(new URL("../dist/src/config/json-schema.js", import.meta.url));
	writeFileSync(join(root, "cres.schema.json"), jsonSchemaText());
	const { errorReferenceText } = await import(new URL("../dist/src/errors/reference.js", import.meta.url));
	mkdirSync(join(root, "docs/reference"), { recursive: true });
	writeFileSync(join(root, "docs/reference/errors.md"), errorReferenceText());
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	setUpPackages();
	underNode24(process.argv[1]);
	await build();
}
