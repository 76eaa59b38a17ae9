import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../../images/runtime/program.ts";

const options = { directory: tmpdir(), signal: new AbortController().signal };

describe("runProgram", () => {
	it("returns exit code and output, and does not fail for the program", async () => {
		expect(await runProgram("sh", ["-c", "echo out; echo err >&2; exit 3"], options)).toEqual({
			exitCode: 3,
			stdout: "out",
			stderr: "err",
		});
	});

	it("keeps the worker's environment to itself", async () => {
		process.env["SENTINEL_KEY"] = "sentinel";
		const { stdout } = await runProgram("env", [], options);
		delete process.env["SENTINEL_KEY"];
		const names = stdout.split("\n").map((line) => line.split("=")[0]!);
		expect(names.toSorted()).toEqual(["HOME", "LANG", "PATH"]);
	});

	it("rejects when the program is not there", async () => {
		await expect(runProgram("no-such-program", [], options)).rejects.toThrow("ENOENT");
	});

	it("ends the whole group on abort, one that ignores SIGTERM too", async () => {
		const directory = await mkdtemp(join(tmpdir(), "cres-program-"));
		const controller = new AbortController();
		const script = "sh -c 'trap \"\" TERM; echo $$ >pid; sleep 300; sleep 300' & exec sleep 300";
		const running = runProgram("sh", ["-c", script], { directory, signal: controller.signal });
		const started = Date.now();
		setTimeout(() => controller.abort(new Error("cancelled")), 300);
		await expect(running).rejects.toThrow("cancelled");
		expect(Date.now() - started).toBeLessThan(5_000);
		expect(await isRunning((await readFile(join(directory, "pid"), "utf8")).trim())).toBe(false);
		await rm(directory, { recursive: true });
	});
});

/** A process that only waits to be reaped does not run. */
async function isRunning(pid: string): Promise<boolean> {
	const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
	return status !== "" && !status.includes(") Z ");
}
