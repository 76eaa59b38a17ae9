import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { outcomeOf } from "../support/outcome-of.ts";
import { ROOT } from "../support/sources.ts";

/** A command that goes on until it is stopped, and then needs a moment to tidy up. */
const WAITS = `
	import { BaseCommand } from ${JSON.stringify(pathToFileURL(join(ROOT, "src/cli/base-command.ts")).href)};
	import { hearStreams } from ${JSON.stringify(pathToFileURL(join(ROOT, "src/cli/streams.ts")).href)};
	import { setTimeout as delay } from "node:timers/promises";
	class Waits extends BaseCommand {
		async run() {
			await this.parse(Waits);
			process.stdout.write("waits\\n");
			await delay(60_000, undefined, { signal: this.signal }).catch(() => {});
			await delay(50);
			process.stdout.write("tidied up\\n");
			throw this.signal.reason;
		}
	}
	hearStreams();
	await Waits.run([], ${JSON.stringify(ROOT)}).catch(() => {});
	process.exit();
`;

it.each<[NodeJS.Signals, number, string]>([
	["SIGINT", 130, "interrupted"],
	["SIGTERM", 143, "terminated"],
	["SIGQUIT", 143, "terminated"],
	["SIGHUP", 143, "hung_up"],
])("F5: %s stops a command, which tidies up and exits %i", async (signal, code, name) => {
	const child = spawn(process.execPath, ["--input-type=module", "-e", WAITS], { stdio: ["ignore", "pipe", "pipe"] });
	child.stdout.once("data", () => child.kill(signal));
	const { stdout, stderr, exitCode } = await outcomeOf(child);
	expect({ exitCode: exitCode as number, stdout }).toEqual({ exitCode: code, stdout: "waits\ntidied up\n" });
	expect(stderr).toMatch(new RegExp(`\n✖ .*\n {2}code: ${name}\n$`));
});

/** Runs its arguments on a terminal of their own, which is closed once they have said something; prints their exit code. */
const CLOSES = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
shown = b""
while b"waits" not in shown: shown += os.read(terminal, 1024)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

it("T10: a terminal that is closed stops a command, which tidies up although nobody reads what it says", async () => {
	const file = join(await mkdtemp(join(tmpdir(), "cres-terminal-")), "tidied");
	const tidies = `await (await import("node:fs/promises")).writeFile(${JSON.stringify(file)}, this.signal.reason.code);`;
	const source = WAITS.replace("await delay(50);", (line) => `process.stderr.write("tidies");${line}${tidies}`);
	const program = [process.execPath, "--input-type=module", "-e", source];
	const { stdout } = await promisify(execFile)("python3", ["-c", CLOSES, ...program]);
	expect([stdout.trim(), await readFile(file, "utf8")]).toEqual(["143", "hung_up"]);
});

it.each<[NodeJS.Signals, number]>([
	["SIGINT", 130],
	["SIGTERM", 143],
])("F1: a second %s ends a command that tidies up, at once", async (signal, code) => {
	const source = WAITS.replace("await delay(50)", "await delay(60_000)");
	const child = spawn(process.execPath, ["--input-type=module", "-e", source], { stdio: ["ignore", "pipe", "pipe"] });
	child.stdout.once("data", () => child.kill(signal));
	child.stderr.once("data", () => child.kill(signal)); // it says that it stops
	const { exitCode, stdout, stderr } = await outcomeOf(child);
	expect({ exitCode, stdout }).toEqual({ exitCode: code, stdout: "waits\n" });
	expect(stderr).toBe("\nstopping; press Ctrl-C again to stop at once\n");
});
