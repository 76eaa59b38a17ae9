import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { spawnerAt } from "../../../images/runtime/spawner.ts";

const SPAWNER = join(import.meta.dirname, "../../../images/etc/spawner.py");
const [WORKER, PROGRAM] = [59_004, 59_001];
/** Only root can have others started as somebody else. */
const isRoot = process.getuid!() === 0;
const never = new AbortController().signal;

let root = "";
let home = "";
let spawner: ChildProcess;
let socket = "";

/** A worker that says who it is, and drains a while when it is told to end. */
const WORK =
	'trap "echo drained; exit 7" TERM; id -u; id -G; grep -E "^(CapEff|NoNewPrivs)" /proc/self/status; while :; do sleep 0.05; done';

async function start(script = WORK): Promise<void> {
	socket = join(root, "spawner.sock");
	const args = ["-I", "-S", SPAWNER, socket, String(WORKER), String(PROGRAM), "sh", "-c", script];
	const env = { PATH: process.env["PATH"]!, MINIO_SECRET_KEY: "sentinel", SUPERVISOR_PROCESS_NAME: "worker-cpu" };
	spawner = spawn("python3", args, { env, stdio: ["ignore", "pipe", "ignore"] });
}

let said = "";
const saying = async (what: RegExp): Promise<string> => {
	await expect.poll(() => said, { timeout: 10_000 }).toMatch(what);
	return said;
};

const isRunning = async (pid: string | number): Promise<boolean> => {
	const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
	return status !== "" && !status.includes(") Z ");
};

beforeEach(async () => {
	root = await mkdtemp(join(tmpdir(), "cres-spawner-"));
	await chmod(root, 0o755);
	home = await mkdtemp(join(root, "job-"));
	said = "";
	if (!isRoot) return;
	// As images/worker/scratch.ts shares it.
	await chown(home, WORKER, PROGRAM);
	await chmod(home, 0o2770);
	await start();
	spawner.stdout!.setEncoding("utf8").on("data", (part: string) => (said += part));
	await saying(/NoNewPrivs/);
});
afterEach(async () => {
	if (isRoot && spawner.exitCode === null && spawner.signalCode === null) {
		spawner.kill("SIGKILL");
		await once(spawner, "exit");
	}
	await rm(root, { recursive: true });
});

/** Who is nobody special cannot run it at all. */
const refused = async (): Promise<boolean> => {
	if (isRoot) return false;
	await start();
	expect((await once(spawner, "exit"))[0]).not.toBe(0);
	return true;
};
const run: ReturnType<typeof spawnerAt> = (...of) => spawnerAt(socket)(...of);
const sh = (script: string, signal = never) => run("sh", ["-c", script], { directory: home, signal });

describe("A8: the cpu worker and its programs", () => {
	it("are two users without rights, and the programs see no secret of the worker", async () => {
		if (await refused()) return;
		expect(said.split("\n").slice(0, 4)).toEqual([
			String(WORKER),
			`${WORKER} ${PROGRAM}`,
			expect.stringMatching(/^CapEff:\s+0+$/),
			expect.stringMatching(/^NoNewPrivs:\s+1$/),
		]);
		const noted = (await readFile(join(root, "pids/worker-cpu"), "utf8")).trim();
		expect(noted).toBe(String(spawner.pid));
		const looks = "id -u; id -G; env; for p in /proc/[0-9]*; do [ $(stat -c %u $p) = 59001 ] || cat $p/environ; done";
		const { exitCode, stdout, stderr } = await sh(`${looks}; cat /proc/self/status; exit 3`);
		expect(exitCode).toBe(3);
		expect(stdout.split("\n").slice(0, 2)).toEqual([String(PROGRAM), String(PROGRAM)]);
		expect(stdout).toMatch(/CapEff:\s+0+\n[^]*NoNewPrivs:\s+1/);
		expect(stdout + stderr).not.toContain("sentinel");
		expect(stderr).toContain("Permission denied");
	});

	it("lets the programs not ask the spawner themselves", async () => {
		if (await refused()) return;
		expect(((await stat(socket)).mode & 0o777).toString(8)).toBe("600");
		expect((await stat(socket)).uid).toBe(WORKER);
		const script = `import socket; socket.socket(socket.AF_UNIX).connect(${JSON.stringify(socket)})`;
		const { exitCode, stderr } = await run("/usr/bin/python3", ["-c", script], { directory: home, signal: never });
		expect([exitCode, stderr]).toEqual([1, expect.stringContaining("PermissionError")]);
	});

	it("leaves nothing of a program, in whatever session, and nothing that the worker cannot remove", async () => {
		if (await refused()) return;
		const hidden = "mkdir -m 700 -p own/deep; chmod 700 own; echo x >own/deep/file; chmod 0 own/deep/file";
		await sh(`setsid sh -c 'echo $$ >pid; trap "" TERM HUP; sleep 300; sleep 300' </dev/null & sleep 0.2; ${hidden}`);
		expect(await isRunning((await readFile(join(home, "pid"), "utf8")).trim())).toBe(false);
		const as = ["--reuid", String(WORKER), "--regid", String(WORKER), "--groups", String(PROGRAM), "--"];
		await promisify(execFile)("setpriv", [
			...as,
			"sh",
			"-c",
			`cat ${home}/own/deep/file && rm -r ${home}/own ${home}/pid`,
		]);
		expect(await readdir(home)).toEqual([]);
	});

	it("ends a program on abort, with all that it started, also what ignores SIGTERM", async () => {
		if (await refused()) return;
		const controller = new AbortController();
		const script = "trap '' TERM; setsid sh -c 'echo $$ >pid; sleep 300' & sleep 300; sleep 300";
		const running = sh(script, controller.signal);
		const aborted = running.then(
			() => "ended",
			(error: Error) => error.message,
		);
		await expect.poll(() => readFile(join(home, "pid"), "utf8").catch(() => "")).toMatch(/\d\n/);
		const started = Date.now();
		controller.abort(new Error("cancelled"));
		expect(await aborted).toBe("cancelled");
		expect(Date.now() - started).toBeLessThan(6_000);
		expect(await isRunning((await readFile(join(home, "pid"), "utf8")).trim())).toBe(false);
	});

	it("says of a program that is not there, and of a folder that is not, that nothing was run", async () => {
		if (await refused()) return;
		await expect(run("no-such-program", [], { directory: home, signal: never })).rejects.toThrow(
			/^no-such-program was not run: setpriv: failed to execute/,
		);
		await expect(run("true", [], { directory: join(home, "gone"), signal: never })).rejects.toThrow("was not run");
	});

	it("tells the worker of SIGTERM, and ends as it ends", async () => {
		if (await refused()) return;
		spawner.kill("SIGTERM");
		expect((await once(spawner, "exit"))[0]).toBe(7);
		expect(said).toContain("drained");
	});

	it("takes worker and programs along when it is killed", async () => {
		if (await refused()) return;
		const { stdout } = await promisify(execFile)("ps", ["-o", "pid=", "--ppid", String(spawner.pid)]);
		const worker = stdout.trim().split(/\s+/)[0]!;
		expect(await isRunning(worker)).toBe(true);
		spawner.kill("SIGKILL");
		await expect.poll(() => isRunning(worker)).toBe(false);
	});
});
