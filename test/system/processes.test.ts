import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { MARK } from "../../src/system/mark.ts";
import { systemProcesses } from "../../src/system/processes.ts";
import { systemShell } from "../../src/system/shell.ts";

const log = async () => join(await mkdtemp(join(tmpdir(), "cres-processes-")), "log", "a.log");
const node = (script: string) => ({ file: process.execPath, args: ["-e", script] });
const gone = (pid: number) => vi.waitFor(async () => expect(await systemProcesses.find(pid)).toBeUndefined(), 5_000);

it("starts a program that writes on when its starter has ended", async () => {
	const path = await log();
	const program = node("process.stdin.on('end', () => setTimeout(() => console.log('still here'), 500)).resume()");
	const starter = `
		const { systemProcesses } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/system/processes.ts"))});
		console.log(await systemProcesses.start(${JSON.stringify(program)}, ${JSON.stringify(path)}));`;
	const { stdout } = await systemShell.run(process.execPath, ["--input-type=module", "-e", starter]);
	expect(await systemProcesses.find(Number(stdout))).toBeDefined();
	await gone(Number(stdout));
	expect(await readFile(path, "utf8")).toBe("still here\n");
});

it("adds stdout and stderr to the log, with the environment", async () => {
	const path = await log();
	for (const name of ["one", "two"])
		await gone(
			await systemProcesses.start({ ...node("console.log(process.env.A); console.error(1)"), env: { A: name } }, path),
		);
	expect(await readFile(path, "utf8")).toBe("one\n1\ntwo\n1\n");
});

it("refuses a program that is not there", async () => {
	const start = systemProcesses.start({ file: "cres-nonesuch", args: [] }, await log());
	await expect(start).rejects.toThrow("spawn cres-nonesuch ENOENT");
});

it("tells processes apart by their start", async () => {
	const pid = await systemProcesses.start(node("setInterval(() => {}, 1000)"), await log());
	const [own, other] = await Promise.all([process.pid, pid].map((one) => systemProcesses.find(one)));
	expect(other?.startedAt).toMatch(/^[0-9a-f-]{36}\/\d+$/);
	expect(own?.startedAt).not.toBe(other?.startedAt);
	expect(await systemProcesses.find(pid)).toEqual(other);
	systemProcesses.ask(pid);
	await gone(pid);
	systemProcesses.ask(pid);
	systemProcesses.kill(pid);
});

it("sees its mark or none while a process takes on one program after another", async () => {
	const script = 'if [ "$1" -gt 0 ]; then exec bash -c "$0" "$0" $(($1 - 1)); fi; sleep 60';
	const env = { [MARK]: "0123456789abcdef/a/" };
	const program = { file: "bash", args: ["-c", script, script, "200"], env };
	const pid = await systemProcesses.start(program, await log());
	const seen = new Set<string | null | undefined>();
	for (const end = Date.now() + 1_000; Date.now() < end;) seen.add((await systemProcesses.find(pid))?.mark);
	systemProcesses.kill(pid);
	expect(seen).toContain(env[MARK]);
	expect(seen).not.toContain(null);
});
