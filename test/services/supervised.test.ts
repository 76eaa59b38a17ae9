import { mkdtemp, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { afterCrash } from "../../src/services/backoff.ts";
import { Supervised } from "../../src/services/supervised.ts";
import { MARK } from "../../src/system/mark.ts";
import { systemPiped, type PipedProcesses } from "../../src/system/piped.ts";
import { systemProcesses } from "../../src/system/processes.ts";

describe("what follows on a crash", () => {
	it("is a longer pause each time, and the verdict after the fifth within two minutes", () => {
		let crashes: readonly number[] = [];
		const seen = [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000].map((now) => {
			const next = afterCrash(crashes, now, 100);
			crashes = next.crashes;
			return [next.delayMs, next.isLoop];
		});
		expect(seen).toEqual([
			[500, false],
			[1_000, false],
			[2_000, false],
			[4_000, false],
			[8_000, true],
			[16_000, true],
			[30_000, true],
			[30_000, true],
		]);
	});

	it("begins again after a minute without one", () => {
		expect(afterCrash([1, 2, 3, 4, 5], 70_000, 60_000)).toEqual({ delayMs: 500, isLoop: false, crashes: [70_000] });
	});
});

async function supervised(script: string, piped = systemPiped) {
	const directory = await mkdtemp(join(tmpdir(), "cres-supervised-"));
	const mark = `test-${process.pid}-${Math.random()}/web/`;
	const notes: string[] = [];
	const { PATH } = process.env;
	const web = new Supervised({
		...{ name: "web", directory, mark, processes: systemProcesses, piped },
		program: () => ({
			file: process.execPath,
			args: ["-e", script],
			env: { PATH: PATH!, [MARK]: mark },
			cwd: directory,
		}),
		onStart: ({ stdout, stderr }) => void [stdout.resume(), stderr.resume()],
		note: (text) => notes.push(text),
		// A clock that is set back by a day with every look, and sleeps a hundredth of what it is told.
		clock: {
			now: () => Date.now() - 86_400_000 * Math.random(),
			sleep: async (ms, signal) => {
				await new Promise((resolve) => setTimeout(resolve, ms / 100));
				signal?.throwIfAborted();
			},
		},
		monotonic: () => performance.now(),
	});
	onTestFinished(() => web.stop(0));
	return { web, notes, mark, directory, records: () => readdir(join(directory, "run")).catch(() => []) };
}

const WAIT = "setInterval(() => {}, 1000);";

describe("a supervised program", () => {
	it("stays ended when it ends before it is to be kept alive", async () => {
		const { web, notes } = await supervised("process.exit(7)");
		await web.start();
		await expect.poll(() => web.status).toMatchObject({ state: "stopped", lastEnd: "exit 7", restarts: 0 });
		expect(notes).toEqual([]);
	});

	it("is started again, and called a crash loop when that does not help", async () => {
		const { web, notes } = await supervised("process.exit(7)");
		web.keepAlive();
		await web.start();
		await expect.poll(() => web.status.restarts, { timeout: 10_000 }).toBeGreaterThan(5);
		expect(web.status.state).toBe("crash-loop");
		expect(notes[0]).toBe("[ERROR] ended by itself (exit 7); started again in 0.5 s");
		await web.stop(100);
		const { restarts } = web.status;
		await new Promise((resolve) => setTimeout(resolve, 500));
		expect(web.status).toMatchObject({ state: "stopped", pid: null, restarts });
	});

	it("is gone after a stop with what has left its group, and its record", async () => {
		const child = `require("child_process").spawn(process.execPath, ["-e", "${WAIT}"], { detached: true, stdio: "ignore" }).unref();`;
		const { web, mark, records } = await supervised(`${child} ${WAIT}`);
		await web.start();
		await expect.poll(async () => (await systemProcesses.marked(mark)).length).toBe(2);
		expect(await records()).toEqual(["web.json"]);
		await web.stop(100);
		await expect.poll(() => systemProcesses.marked(mark)).toEqual([]);
		expect([web.status.state, await records()]).toEqual(["stopped", []]);
		await web.stop(100);
	});

	it("is started by no restart that begins before its end", async () => {
		const { web, mark } = await supervised(WAIT);
		await web.start();
		const restarts = [web.restart(100), web.restart(100)];
		await web.end(100);
		await Promise.all(restarts);
		expect(web.status.state).toBe("stopped");
		await expect.poll(() => systemProcesses.marked(mark)).toEqual([]);
	});

	it("is one process after restarts at the same time", async () => {
		const { web, mark } = await supervised(WAIT);
		await web.start();
		await Promise.all([web.restart(100), web.restart(100), web.restart(100)]);
		expect(web.status).toMatchObject({ state: "running", restarts: 3 });
		await expect.poll(() => systemProcesses.marked(mark)).toHaveLength(1);
	});

	it("is one process when a restart comes while it is started after a crash", async () => {
		let starts = 0;
		const slow: PipedProcesses = {
			async start(program) {
				// The second start, that after the crash, takes longer than the restart.
				if (++starts === 2) await delay(700);
				return systemPiped.start(program);
			},
		};
		const { web, mark } = await supervised(WAIT, slow);
		await web.start();
		web.keepAlive();
		process.kill(web.status.pid!, "SIGKILL");
		await expect.poll(() => starts).toBe(2);
		await web.restart(100);
		const { pid } = web.status;
		await delay(1_000);
		expect([starts, web.status.pid]).toEqual([3, pid]);
		await expect.poll(() => systemProcesses.marked(mark)).toEqual([pid]);
	});

	it("goes on without a record when that cannot be written any more, and does not begin so", async () => {
		const { web, notes, mark, directory } = await supervised(WAIT);
		await writeFile(join(directory, "run"), "no directory");
		await expect(web.start()).rejects.toThrow(join(directory, "run"));
		await expect.poll(() => systemProcesses.marked(mark)).toEqual([]);
		web.keepAlive();
		await web.start();
		expect(web.status.state).toBe("running");
		expect(notes.at(-1)).toContain("[ERROR] its record cannot be written: ");
		await web.stop(100);
		await expect.poll(() => systemProcesses.marked(mark)).toEqual([]);
	});

	it("is another process after a restart", async () => {
		const { web } = await supervised(WAIT);
		await web.start();
		await web.restart(100);
		expect(web.status).toMatchObject({ state: "running", restarts: 1 });
	});
});
