import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { ENV } from "../../src/config/env.ts";
import { childEnvironment } from "../../src/system/child-environment.ts";
import { startByCim, startBySystem, systemProcesses } from "../../src/system/processes.ts";
import { systemShell } from "../../src/system/shell.ts";
import { runAttached } from "../../src/system/terminal.ts";

const SENTINEL = "sentinel-of-the-environment";
const SECRETS = [
	...Object.keys(ENV).filter((name) => ENV[name]!.secret),
	...["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "NPM_TOKEN", "MY_OWN", "DOCKER_PASSWORD", "DOCKER_AUTH_CONFIG"],
	...["BUILDX_TOKEN", "CRES_SECRET"],
];

it("A13: no program that is started gets a secret of the environment", async () => {
	for (const name of SECRETS) vi.stubEnv(name, SENTINEL);
	vi.stubEnv("DOCKER_HOST", "unix:///somewhere");
	const folder = await mkdtemp(join(tmpdir(), "cres-env-"));
	const dump = (file: string) => ["-c", `cat /proc/$$/environ > ${join(folder, file)}`];
	await systemShell.run("sh", dump("run"), { env: { GIVEN: "1" } });
	expect(await runAttached("sh", dump("attached"))).toBe(0);
	const pid = await systemProcesses.start({ file: "sleep", args: ["30"], env: { GIVEN: "1" } }, join(folder, "log"));
	const environ = () => readFile(`/proc/${pid}/environ`, "utf8");
	await expect.poll(environ).toContain("GIVEN=1"); // empty while the program is being loaded
	const started = await environ();
	systemProcesses.kill(pid);
	vi.unstubAllEnvs();
	const seen = [
		started,
		...(await Promise.all(["run", "attached"].map((file) => readFile(join(folder, file), "utf8")))),
	];
	for (const text of seen) {
		expect(text).not.toContain(SENTINEL);
		expect(text.split("\0")).toEqual(
			expect.arrayContaining([`PATH=${process.env["PATH"]}`, "DOCKER_HOST=unix:///somewhere"]),
		);
	}
	expect(seen.slice(0, 2).every((text) => text.split("\0").includes("GIVEN=1"))).toBe(true);
});

it("A13: neither does the program that is asked when a process began, on systems without /proc", async () => {
	const folder = await mkdtemp(join(tmpdir(), "cres-ps-"));
	for (const name of ["ps", "powershell.exe"])
		await writeFile(join(folder, name), `#!/bin/sh\nenv > ${join(folder, "seen")}-$(basename $0)\necho at once\n`, {
			mode: 0o755,
		});
	for (const name of SECRETS) vi.stubEnv(name, SENTINEL);
	vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
	expect(await startBySystem(process.pid)).toBe("at once");
	expect(await startByCim(process.pid)).toBe("at once");
	vi.unstubAllEnvs();
	for (const name of ["ps", "powershell.exe"])
		expect(await readFile(join(folder, `seen-${name}`), "utf8")).not.toContain(SENTINEL);
});

it("A13: programs get what they need, on Windows in any case", () => {
	const needed = {
		...{
			Path: "p",
			SystemRoot: "s",
			USERPROFILE: "u",
			AppData: "a",
			ProgramFiles: "f",
			"ProgramFiles(x86)": "x",
			TEMP: "t",
		},
		...{ HOME: "h", https_proxy: "x", NO_PROXY: "n", SSH_AUTH_SOCK: "s", XDG_RUNTIME_DIR: "r", LC_ALL: "C" },
		...{
			DOCKER_CONTEXT: "c",
			DOCKER_CERT_PATH: "c",
			BUILDKIT_PROGRESS: "plain",
			BUILDX_BUILDER: "b",
			NODE_OPTIONS: "",
		},
	};
	expect(childEnvironment({ OWN_TOKEN: "z" }, { ...needed, TOKEN: "x", UNKNOWN: "y", NONE: undefined })).toEqual({
		...needed,
		OWN_TOKEN: "z",
	});
});
