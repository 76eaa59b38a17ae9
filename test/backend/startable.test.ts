import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { gatewayOutput } from "../../src/backend/gateway-file.ts";
import { findBackend } from "../../src/backend/open.ts";
import { placeOf } from "../../src/backend/place.ts";
import { restartBackend } from "../../src/backend/restart.ts";
import { startBackend } from "../../src/backend/start.ts";
import { openMachine } from "../../src/cli/machine.ts";
import { silent } from "../../src/system/progress.ts";
import { ROOT } from "../support/sources.ts";

const ports = openMachine(ROOT, new AbortController().signal).backend(silent);
const folder = () => mkdtemp(join(tmpdir(), "cres-startable-"));

it("takes no folder for the file of a backend", async () => {
	const directory = await folder();
	await mkdir(join(directory, "app"));
	await mkdir(join(directory, "backend.yaml"));
	const missing = { code: "backend_config_missing" };
	await expect(findBackend("app", directory)).rejects.toMatchObject({ ...missing, message: "app is a folder" });
	await expect(findBackend(undefined, directory)).rejects.toMatchObject(missing);
});

it("takes neither a pipe, which nobody may write, nor an empty name", async () => {
	const directory = await folder();
	for (const name of ["backend.yaml", "cres.yaml"]) await promisify(execFile)("mkfifo", [join(directory, name)]);
	await expect(findBackend("backend.yaml", directory)).rejects.toThrow("backend.yaml is no regular file");
	await expect(findBackend(undefined, directory)).rejects.toThrow("no backend.yaml, no dev-config.yaml");
	await expect(findBackend("", directory)).rejects.toThrow("the name of FILE is empty");
});

it.each([
	["in a folder that is not there", "none/nginx.conf"],
	["where no file can be", "/proc/cres-nginx.conf"],
])("says that the configuration of nginx cannot be written %s", async (_, output) => {
	const directory = await folder();
	await writeFile(join(directory, "backend.yaml"), "nginx: { port: 8000 }\nservers: { a: { port: 8001 } }\n");
	const place = placeOf(join(directory, "backend.yaml"));
	const file = resolve(directory, output);
	await expect(gatewayOutput(ports, place, { output: file, validate: false })).rejects.toMatchObject({
		code: "backend_gateway_unwritable",
		message: expect.stringContaining(`${file} cannot be written: ENOENT`),
	});
	expect(await readdir(directory)).toEqual(["backend.yaml"]);
});

it.each([
	["start", (place: ReturnType<typeof placeOf>) => startBackend(ports, place, { generate: false })],
	["restart", (place: ReturnType<typeof placeOf>) => restartBackend(ports, place, { generate: false, graceMs: 0 })],
])("%s writes nothing beside a file that is wrong", async (_, work) => {
	const directory = await folder();
	await writeFile(join(directory, "backend.yaml"), "nginx: { port: 0 }\n");
	await expect(work(placeOf(join(directory, "backend.yaml")))).rejects.toMatchObject({
		code: "backend_config_invalid",
	});
	await expect(work(placeOf(join(directory, "gone.yaml")))).rejects.toMatchObject({ code: "backend_config_missing" });
	expect(await readdir(directory)).toEqual(["backend.yaml"]);
});

it.each(["win32", "darwin"] as const)("starts nothing on %s, and says where it could", async (platform) => {
	const directory = await folder();
	const place = placeOf(join(directory, "backend.yaml"));
	await expect(startBackend({ ...ports, platform }, place, { generate: false })).rejects.toMatchObject({
		code: "backend_unsupported",
		message: `a backend runs on Linux, and this is ${platform}`,
		hint: "start it on a Linux machine; cres backend gateway prints its nginx configuration anywhere",
	});
	expect(await readdir(directory)).toEqual([]);
});
