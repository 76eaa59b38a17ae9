import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { starterText } from "../../src/config/starter.ts";
import { BIN } from "../support/built.ts";
import { outcomeOf, type Outcome } from "../support/outcome-of.ts";

const HOST = "instances:\n  cpu-1: { driver: docker, host: 127.0.0.1, port: 1, key: /none, roles: [cpu] }\n";

let directory: string;
beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-machine-"));
	const starter = { schema: "./cres.schema.json", project: "faults", repository: "owner/app" };
	await writeFile(join(directory, "cres.yaml"), starterText(starter));
});

async function cres(line: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
	const { PATH, HOME } = process.env;
	const child = spawn(process.execPath, [BIN, ...line.split(" ")], {
		...{ cwd: directory, env: { PATH, HOME, ...env }, stdio: ["ignore", "pipe", "pipe"] },
	});
	return outcomeOf(child);
}

describe("a working directory that was removed", () => {
	it.each(["status", "init", "backend status", "triage --static .", "tools fetch --json"])(
		"is no bug of cres %s",
		async (line) => {
			const script = 'cd "$1" && rmdir "$1" && shift && exec "$@"';
			const gone = await mkdtemp(join(tmpdir(), "cres-gone-"));
			const args = ["-c", script, "sh", gone, process.execPath, BIN, ...line.split(" ")];
			const child = spawn("sh", args, { stdio: ["ignore", "pipe", "pipe"] });
			const { stderr, exitCode } = await outcomeOf(child);
			const told =
				"✖ the working directory is not there any more\n" +
				"  → change into a directory that is there (cd), then run the command again\n  code: working_directory_gone\n";
			expect([exitCode, stderr.replace(/^WARNING: .*\n/, "")]).toEqual([1, told]); // the warning is oclif's
		},
	);
});

describe("stdout on a full disk", () => {
	/** Written to, never read: reading it has no end. */
	async function intoFull(line: string): Promise<Omit<Outcome, "stdout">> {
		await using full = await open("/dev/full", "w");
		const child = spawn(process.execPath, [BIN, ...line.split(" ")], {
			cwd: directory,
			stdio: ["ignore", full.fd, "pipe"],
		});
		const [stderr, [exitCode]] = await Promise.all([text(child.stderr!), once(child, "close")]);
		return { exitCode: exitCode as number | null, stderr };
	}
	const told =
		"✖ stdout cannot be used: no space is left on the disk (ENOSPC)\n" +
		"  → the command did its work, but its output is lost: send it elsewhere\n  code: local_disk_full\n";

	it.each(["config", "config --json", "--help", "exit-codes", "nope --json"])("is told by cres %s", async (line) => {
		const { exitCode, stderr } = await intoFull(line);
		expect(exitCode).toBe(line.startsWith("nope") ? 127 : 1);
		expect(stderr).toContain(told);
		expect(stderr).not.toContain("    at ");
	});

	it.each(["status", "status --json"])("leaves the exit code of a failure as it is (%s)", async (line) => {
		await writeFile(join(directory, "cres.yaml"), HOST, { flag: "a" });
		const { exitCode, stderr } = await intoFull(line);
		expect(exitCode).toBe(3);
		expect(stderr).toContain(told);
	});

	it("ends what would go on until Ctrl-C", async () => {
		expect(await intoFull("status --watch")).toEqual({ exitCode: 1, stderr: told });
	});
});

it("a proxy that is no address is named, and its value is not shown", async () => {
	const { exitCode, stdout, stderr } = await cres("config --json", { HTTPS_PROXY: "::hunter2" });
	const message = "HTTPS_PROXY or HTTP_PROXY is no address of a proxy";
	expect([exitCode, JSON.parse(stdout)]).toEqual([
		2,
		{ error: expect.objectContaining({ code: "proxy_invalid", message }) },
	]);
	expect(stderr).toMatch(new RegExp(`^✖ ${message}\n  → .*\n  code: proxy_invalid\n$`));
	expect(stdout + stderr).not.toContain("hunter2");
});

describe("a file of settings", () => {
	const pipe = (name: string) => promisify(execFile)("mkfifo", [join(directory, name)]);

	it("that is a pipe without a writer is refused in bounded time", async () => {
		await pipe(".env");
		const { exitCode, stderr } = await cres("config");
		expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^✖ \S+\.env is a pipe into which nobody writes\n/)]);
		await pipe("other.yaml");
		const other = await cres("config -c other.yaml");
		expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining("code: config_unreadable\n")]);
	});

	it("that is a link to what is not there is named", async () => {
		await symlink("secrets.env", join(directory, ".env"));
		const { exitCode, stderr } = await cres("config");
		expect([exitCode, stderr]).toEqual([
			2,
			expect.stringMatching(
				/^✖ \S+\.env is a link to secrets\.env, which is not there\n.*\n {2}code: env_file_unreadable/,
			),
		]);
	});

	it("that is a directory has one exit, whichever file it is", async () => {
		await mkdir(join(directory, "folder.yaml"));
		const given = await cres("releases -c folder.yaml");
		expect([given.exitCode, given.stderr]).toEqual([2, expect.stringMatching(/^✖ \S+folder\.yaml is a directory\n/)]);
		await rm(join(directory, "cres.yaml"));
		await mkdir(join(directory, "cres.yaml"));
		const found = await cres("releases");
		expect([found.exitCode, found.stderr]).toEqual([2, expect.stringContaining("code: config_unreadable\n")]);
	});

	it("with lines that are not read says which", async () => {
		await writeFile(join(directory, ".env"), 'A=1\nVAST_API_KEY\n# note\n=x\nREGISTRY_PASSWORD="abc\n');
		for (const line of ["config", "doctor"])
			expect((await cres(line)).stderr).toContain(
				"REGISTRY_PASSWORD in .env begins with a quote that is not closed: close it, or remove it\n" +
					".env:2 is no line of NAME=value, and is not read\n.env:4 is no line of NAME=value, and is not read\n",
			);
	});
});
