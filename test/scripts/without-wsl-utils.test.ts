import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { withoutWslUtils } from "../../scripts/without-wsl-utils.js";

/** What oclif asks of the machine at each start, on a Windows whose child processes are written down. */
const PROBE = `
const { getPlatform, getShell } = require(OCLIF_OS);
const os = require("node:os"), children = require("node:child_process");
os.platform = () => "win32";
os.userInfo = () => ({ shell: null });
const started = [];
for (const name of ["execSync", "execFile", "spawn"]) children[name] = (...args) => { started.push(args[0]); return "pwsh.exe"; };
(async () => console.log(JSON.stringify({ platform: await getPlatform(), shell: await getShell(), started })))();
`;

it("starts no PowerShell at each start on Windows, and does not look for WSL", async () => {
	const oclif = createRequire(import.meta.url).resolve("@oclif/core");
	const contents = PROBE.replace("OCLIF_OS", JSON.stringify(oclif.replace(/index\.js$/, "util/os.js")));
	const { outputFiles, metafile } = await build({
		stdin: { contents, resolveDir: import.meta.dirname },
		bundle: true,
		write: false,
		metafile: true,
		format: "cjs",
		platform: "node",
		plugins: [withoutWslUtils],
	});
	const env = { PATH: process.env["PATH"], COMSPEC: "C:\\cmd.exe" };
	const told = execFileSync(process.execPath, ["-e", outputFiles[0]!.text], { env, encoding: "utf8" });
	expect(JSON.parse(told)).toEqual({ platform: "win32", shell: "C:\\cmd.exe", started: [] });
	expect(Object.keys(metafile.inputs).filter((path) => /wsl/.test(path))).toEqual(["without-wsl-utils:wsl-utils"]);
});
