// npm run sbom: writes what the toolkit and the images are made of, from the lockfiles, as CycloneDX 1.5.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./setup.js";

const directory = join(root, "reports");
mkdirSync(directory, { recursive: true });
for (const [name, cwd] of [
	["toolkit", root],
	["images", join(root, "images")],
]) {
	const args = ["sbom", "--sbom-format=cyclonedx", "--package-lock-only", "--omit=dev"];
	const stdio = ["ignore", "pipe", "inherit"];
	const { stdout } = run("npm", args, { cwd, stdio, maxBuffer: 64 << 20, shell: process.platform === "win32" });
	const file = join(directory, `sbom-${name}.cdx.json`);
	writeFileSync(file, stdout);
	process.stdout.write(`${file}: ${JSON.parse(stdout.toString()).components.length} packages\n`);
}
