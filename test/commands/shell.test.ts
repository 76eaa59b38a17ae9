import { spawn } from "node:child_process";
import { mkdtemp, readFile, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { starterText } from "../../src/config/starter.ts";
import { runCres } from "../support/run-cres.ts";
import { BIN } from "../support/built.ts";
import { outcomeOf, type Outcome } from "../support/outcome-of.ts";

vi.setConfig({ testTimeout: 60_000 }); // several processes one after the other, on a machine that is busy

let directory: string;
beforeAll(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-shell-"));
	const starter = { schema: "./cres.schema.json", project: "shell", repository: "owner/app" };
	const instances = "instances:\n  cpu-1: { driver: docker, host: 127.0.0.1, port: 1, key: /none, roles: [cpu] }\n";
	await writeFile(join(directory, "cres.yaml"), `${starterText(starter)}${instances}`);
});

const cres = (line: string) => runCres(directory, ...line.split(" "));

/** Runs it in bash, as `bash -s` runs a script that is piped in. */
async function piped(script: string): Promise<Outcome> {
	const child = spawn("bash", ["-s"], { cwd: directory, stdio: ["pipe", "pipe", "pipe"] });
	child.stdin.end(`cres() { "${process.execPath}" "${BIN}" "$@"; }\n${script}`);
	return outcomeOf(child);
}

describe("the shell of cres", () => {
	it.each([
		["exit-codes 4", "cres exit-codes: unexpected argument 4", "cres exit-codes --help"],
		["doctor cpu-1", "cres doctor: unexpected argument cpu-1", "cres doctor --help"],
		["rehearse dwon", "cres rehearse: unexpected argument dwon", "did you mean cres rehearse down?"],
		["endpoint show cpu-1 --nonsense", "cres endpoint show has no flag --nonsense", "cres endpoint show --help"],
		["deploy cpu-1 --dry-ru", "cres deploy has no flag --dry-ru", "did you mean --dry-run?"],
		["rollback", "cres rollback: INSTANCE is missing", "cres rollback --help"],
		["logs --tail -1", "cres logs: --tail takes a whole number of at least 0, not -1", "cres logs --help"],
		["logs --tail x", "cres logs: --tail takes a whole number, not x", "cres logs --help"],
		[
			"deploy --parallel 99",
			"cres deploy: --parallel takes a whole number of at most 50, not 99",
			"cres deploy --help",
		],
		["deploy --image", "cres deploy: --image needs a value", "cres deploy --help"],
		["deploy --allow-dirty", "cres deploy: --allow-dirty needs --build", "cres deploy --help"],
		["run video", "cres run: --input is missing", "cres run --help"],
		["completion foo", "cres completion: expected one of bash, zsh, fish, not foo", "cres completion --help"],
		[
			"instance adopt c --role x",
			"cres instance adopt: --role takes one of cpu, gpu, not x",
			"cres instance adopt --help",
		],
	])("F7: %s is a usage error of that command", async (line, message, hint) => {
		const { code, stdout, stderr } = await cres(line);
		expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
		expect(stderr).toMatch(new RegExp(`^✖ ${message}\n  → ${hint.replace("?", "\\?")}.*\n  code: usage\n$`));
	});

	it.each([
		["deploy all --dry-run", "did you mean --all?"],
		["deploy cpu1", "did you mean cpu-1? cres.yaml has: cpu-1"],
		["deploy webserver", "cres.yaml has: cpu-1"],
	])("%s names the nearest that there is", async (line, hint) => {
		const { code, stderr } = await cres(line);
		expect([code, stderr]).toEqual([2, expect.stringContaining(`  → ${hint}\n  code: unknown_instance\n`)]);
	});

	it("quotes a name that has blanks", async () => {
		const name = "bad name";
		const { code, stderr } = await runCres(directory, "stop", name);
		expect([code, stderr]).toEqual([2, expect.stringContaining(`✖ no instance is called '${name}'\n`)]);
		const adopted = await runCres(directory, "instance", "adopt", name, "--host", "127.0.0.1", "--key", "id");
		expect([adopted.code, adopted.stderr]).toEqual([
			2,
			expect.stringContaining(`✖ '${name}' cannot be the name of an instance\n`),
		]);
	});

	it.each([
		[["stop", ""], "cres stop: INSTANCE is empty"],
		[["config", "--config", ""], "cres config: --config is empty"],
		[["promote", "", ""], "cres promote: IMAGE and CHANNEL are empty"],
		[["triage", "--static", "", "--html="], "cres triage: INSTANCE and --html are empty"],
		[["plan", "add", "--title", "t", "--check", "a", "--check", ""], "cres plan add: --check is empty"],
	])("%j is refused: a value is empty", async (line, message) => {
		const { code, stdout, stderr } = await runCres(directory, ...line);
		expect([code, stdout]).toEqual([2, ""]);
		expect(stderr).toContain(`✖ ${message}\n  → give a value, or leave it out`);
	});

	it.each(["deploy --all nope", "deploy --all cpu-1 --dry-run", "logs --all nope", "triage --all cpu-1"])(
		"%s is refused: --all takes no names",
		async (line) => {
			const { code, stdout, stderr } = await cres(line);
			const name = line.split(" ")[2];
			const hint = "name instances, or give --all alone";
			expect([code, stdout]).toEqual([2, ""]);
			expect(stderr).toBe(`✖ --all takes no names, and was given ${name}\n  → ${hint}\n  code: usage\n`);
		},
	);

	it.each([
		["-h", /^USAGE\n {2}\$ cres \[COMMAND\]/m],
		["help", /^USAGE\n {2}\$ cres \[COMMAND\]/m],
		["lock show -h", /^USAGE\n {2}\$ cres lock show INSTANCE/m],
		["-v", /^cres \d+\.\d+\.\d+ \(Node 24\.\d+\.\d+, \w+-\w+\)\n$/],
		["version", /^cres \d+\.\d+\.\d+ \(/],
	])("F8: cres %s works", async (line, expected) => {
		expect(await cres(line)).toEqual({ code: 0, stdout: expect.stringMatching(expected), stderr: "" });
	});

	it("quotes a command that is empty", async () => {
		const { code, stderr } = await runCres(directory, "");
		expect([code, stderr.split("\n")[0]]).toEqual([127, "✖ '' is not a cres command"]);
	});

	it("F9: a command that there is not is the documented object on stdout, and text on stderr", async () => {
		const { code, stdout, stderr } = await cres("deplyo --json");
		const error = {
			code: "unknown_command",
			message: "deplyo is not a cres command",
			hint: "did you mean cres deploy? cres --help lists the commands",
		};
		expect([code, JSON.parse(stdout)]).toEqual([127, { error }]);
		expect(stderr).toBe(`✖ ${error.message}\n  → ${error.hint}\n  code: unknown_command\n`);
	});

	it("F10: help and long results end quietly when the reader goes away", async () => {
		const script =
			'cres deploy --help | head -1; echo "${PIPESTATUS[0]}"; cres config --json | head -1; echo "${PIPESTATUS[0]}"\n';
		const { exitCode, stdout, stderr } = await piped(script);
		expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
		expect(stdout).toMatch(/^Deploy .*\n(?:0|141)\n\{\n(?:0|141)\n$/);
	});

	it("takes no argument from a script that is piped into the shell", async () => {
		const { stdout } = await piped("cres releases\necho the script goes on\n");
		expect(stdout).toBe("nothing was rolled out yet; next: cres deploy INSTANCE\nthe script goes on\n");
	});
});

describe("--verbose, --quiet and --log-file", () => {
	it("say what is asked of whom, or only what failed, and keep the lines in a file of its owner", async () => {
		const log = join(directory, "cres.log");
		const loud = await cres(`deploy cpu-1 --dry-run --image sha256:${"0".repeat(64)} --verbose --log-file ${log}`);
		expect(loud.stderr).toMatch(/^ {2}ghcr\.io.*: .* → .* \([\d.]+ m?s\)$/m);
		const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
		for (const line of lines) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
		expect(lines[0]).toContain(" $ cres deploy cpu-1 --dry-run ");
		expect(lines.slice(-2)).toEqual([expect.stringMatching(/ {2}code: \w+$/), expect.stringMatching(/Z exit 1$/)]);
		expect((await stat(log)).mode & 0o777).toBe(0o600);

		const quiet = await cres(`deploy cpu-1 --dry-run --image sha256:${"0".repeat(64)} --quiet --json`);
		expect(quiet.stderr).toMatch(/^✖ /);
		expect(JSON.parse(quiet.stdout)).toHaveProperty("error.code");
	});

	it("refuse a file that cannot be written, before anything is done", async () => {
		const { code, stderr } = await cres(`deploy cpu-1 --log-file ${join(directory, "none", "cres.log")}`);
		expect([code, stderr]).toEqual([
			2,
			expect.stringMatching(/cannot be written \(ENOENT\)\n.*\n {2}code: log_file_unusable/),
		]);
	});

	it("exclude each other", async () => {
		const { code, stderr } = await cres("status --quiet --verbose");
		expect([code, stderr]).toEqual([
			2,
			expect.stringMatching(/^✖ cres status: --quiet and --verbose exclude each other\n/),
		]);
	});
});
