import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "vitest";
import { starterText } from "../../src/config/starter.ts";
import { BIN } from "../support/built.ts";
import { runCres } from "../support/run-cres.ts";

let directory: string;
beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-faults-"));
	const starter = { schema: "./cres.schema.json", project: "faults", repository: "owner/app" };
	await writeFile(join(directory, "cres.yaml"), starterText(starter));
});

async function cres(...args: string[]): Promise<{ exitCode: number | null; stderr: string }> {
	const child = spawn(process.execPath, [BIN, ...args], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
	const [stderr, [exitCode]] = await Promise.all([text(child.stderr), once(child, "close")]);
	return { exitCode: exitCode as number | null, stderr };
}

describe("a fault in a user's file is no bug of cres:", () => {
	it(".env that is a directory", async () => {
		await mkdir(join(directory, ".env"));
		const { exitCode, stderr } = await cres("config");
		expect({ exitCode, lines: stderr.split("\n") }).toEqual({
			exitCode: 2,
			lines: [
				expect.stringMatching(/^✖ \S+\.env is a directory$/),
				expect.stringContaining("→ move it away"),
				"  code: env_file_unreadable",
				"",
			],
		});
	});

	it("an alias in cres.yaml that names no anchor", async () => {
		await writeFile(join(directory, "cres.yaml"), "project: *none\n");
		const { exitCode, stderr } = await cres("config");
		expect(exitCode).toBe(2);
		expect(stderr).toContain("✖ cres.yaml:1 the alias *none has no anchor");
	});

	it.each([
		[["--ca-bundle", "none.pem"], "", "--ca-bundle names none.pem, which cannot be read (ENOENT)"],
		[["--ca-bundle", "."], "", "--ca-bundle names ., which cannot be read (EISDIR)"],
		[[], "NODE_EXTRA_CA_CERTS=none.pem\n", "NODE_EXTRA_CA_CERTS names none.pem, which cannot be read (ENOENT)"],
	])("a file of certificates for a build that is not there: %j %j", async (flags, env, message) => {
		await writeFile(join(directory, ".env"), env);
		const { code, stderr } = await runCres(directory, "build", "--dry-run", ...flags);
		expect(code).toBe(1);
		expect(stderr).toContain(`✖ ${message}\n`);
		expect(stderr).toContain("  code: build_file_missing\n");
	});

	it("a flag that there is not", async () => {
		const { exitCode, stderr } = await cres("config", "--colour");
		expect(exitCode).toBe(2);
		const text =
			"✖ cres config has no flag --colour\n  → cres config --help shows its arguments and flags\n  code: usage\n";
		expect(stderr.slice(0, text.length)).toBe(text);
	});
});
