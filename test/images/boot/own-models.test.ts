import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { USER_IDS } from "../../../src/contracts/user-ids.ts";

const ETC = join(import.meta.dirname, "../../../images/etc");
const isRoot = process.getuid!() === 0;
const given = isRoot ? Number(USER_IDS.models) : process.getuid!();

let root = "";
beforeAll(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-own-models-"));
	await mkdir(join(root, "bin"));
	await copyFile(join(ETC, "own-models"), join(root, "own-models"));
	await writeFile(join(root, "as-user"), 'echo "as-user $*"\n');
	// The folder of marks belongs to a container.
	await writeFile(join(root, "bin/install"), "#!/bin/sh\n", { mode: 0o755 });
});
afterAll(() => rm(root, { recursive: true }));

/** Output for a directory of models, with a chown that refuses in the PATH or without. */
async function run(directory: string, refuses: boolean): Promise<string> {
	if (refuses) await writeFile(join(root, "bin/chown"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
	const env = { PATH: join(root, "bin") + delimiter + process.env["PATH"], MODELS_DIR: directory };
	const args = [join(root, "own-models"), USER_IDS.models, "node", "models.js"];
	return (await promisify(execFile)("sh", args, { env })).stdout;
}

describe("A8: the folders of models", () => {
	it("are given to the models program, with what an earlier life has left there, and nothing beside or behind", async () => {
		const directory = join(root, "models");
		for (const name of ["llm", "other"]) await mkdir(join(directory, name), { recursive: true });
		for (const name of ["llm/a.gguf", "manifest.json", "other/mine"]) await writeFile(join(directory, name), "");
		await symlink(join(directory, "other/mine"), join(directory, "llm/link"));
		const said = await run(directory, false);
		const user = isRoot ? USER_IDS.models : "0";
		expect(said.endsWith(`as-user ${user} node models.js\n`)).toBe(true);
		const owners = await Promise.all(
			["", "llm/a.gguf", "whisper", "manifest.json", "other/mine"].map(
				async (name) => (await stat(join(directory, name))).uid,
			),
		);
		expect(owners).toEqual([given, given, given, given, process.getuid!()]);
	});

	it("can be read by the engines, whatever modes a mounted folder has; what a link names stays as it is", async () => {
		const directory = join(root, "private");
		await mkdir(join(directory, "llm/deep"), { recursive: true, mode: 0o700 });
		await mkdir(join(root, "elsewhere"), { mode: 0o700 });
		for (const file of [join(directory, "llm/deep/a.gguf"), join(root, "elsewhere/secret")])
			await writeFile(file, "", { mode: 0o600 });
		await symlink(join(root, "elsewhere"), join(directory, "whisper"));
		await symlink(join(root, "elsewhere/secret"), join(directory, "llm/link"));
		await run(directory, false);
		const modeOf = async (path: string) => (await stat(join(root, path))).mode & 0o777;
		const paths = ["private", "private/llm", "private/llm/deep", "private/llm/deep/a.gguf"];
		expect(await Promise.all(paths.map(modeOf))).toEqual([0o755, 0o755, 0o755, 0o644]);
		expect(await Promise.all(["elsewhere", "elsewhere/secret"].map(modeOf))).toEqual([0o700, 0o600]);
	});

	it("stay root's where no file can be given away, which is said", async () => {
		const [line, command] = (await run(join(root, "nfs"), true)).split("\n");
		expect(JSON.parse(line!)).toMatchObject({
			level: "WARN",
			message: `${root}/nfs cannot be given to another user: this program stays root; set MODELS_DIR to a local disk`,
		});
		expect(command).toBe("as-user 0 node models.js");
	});
});
