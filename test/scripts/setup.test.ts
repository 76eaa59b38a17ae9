import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { ROOT } from "../support/sources.ts";

it("set-up leaves the packages of another checkout alone that node_modules is a link to", async () => {
	const directory = await mkdtemp(join(tmpdir(), "cres-setup-"));
	const [here, other] = [join(directory, "here"), join(directory, "other")];
	await mkdir(join(other, "kept"), { recursive: true });
	for (const file of ["setup.js", "needs.js", "node-binaries.js"])
		await cp(join(ROOT, "scripts", file), join(here, "scripts", file));
	await writeFile(join(here, "package.json"), '{ "type": "module" }');
	await writeFile(join(here, "package-lock.json"), "{}");
	await symlink(other, join(here, "node_modules"), "junction");
	const script = 'import("./scripts/setup.js").then(({ setUpPackages }) => setUpPackages())';
	const failure = await promisify(execFile)(process.execPath, ["--eval", script], { cwd: here }).catch(
		(error: Error & { code?: number; stderr?: string }) => error,
	);
	expect(failure).toMatchObject({ code: 1, stderr: expect.stringContaining(`is a link to ${other}`) });
	expect(await readdir(other)).toEqual(["kept"]);
	await rm(directory, { recursive: true });
});
