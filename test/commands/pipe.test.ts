import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { starterText } from "../../src/config/starter.ts";
import { BIN } from "../support/built.ts";

it("ends quietly and well when nobody reads on", async () => {
	const directory = await mkdtemp(join(tmpdir(), "cres-pipe-"));
	const starter = { schema: "./cres.schema.json", project: "pipe", repository: "owner/app" };
	await writeFile(join(directory, "cres.yaml"), starterText(starter));
	const child = spawn(process.execPath, [BIN, "config"], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
	child.stdout.destroy();
	let stderr = "";
	child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
	const exitCode = await new Promise((resolve) => child.once("close", resolve));
	expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
});
