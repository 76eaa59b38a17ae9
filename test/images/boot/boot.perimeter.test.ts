import { describe, expect, it } from "vitest";
import { BOTH, bootOfTest, ENVIRONMENT } from "./container.ts";

const { start, container } = bootOfTest();

describe("the image's entry point", () => {
	it("becomes supervisord, which runs the programs of the role, and stops in order", async () => {
		const { states, log, exec, stop } = await start({ ...ENVIRONMENT, WORKER_MODE: "cpu" });
		await expect
			.poll(states, { timeout: 30_000 })
			.toEqual({ api: "RUNNING", watchdog: "RUNNING", "workers:worker-cpu": "RUNNING" });
		expect(await exec("cat", "/proc/1/comm")).toBe("supervisord\n");
		expect(await log()).toContain("keys from MINIO_ACCESS_KEY + AWS_SECRET_ACCESS_KEY");
		expect(await log()).not.toMatch(/sentinel-/);
		expect(await exec("sh", "-c", "grep -rl sentinel- /run /etc /tmp /var/log /app/images || true")).toBe("");
		const { exitCode } = await stop();
		expect(exitCode).toBe(0);
	});

	it("stops an idle container without a wait between its programs, workers first", async () => {
		const { states, stop, log } = await start({ ...ENVIRONMENT, WORKER_MODE: "cpu" });
		const running = { api: "RUNNING", watchdog: "RUNNING", "workers:worker-cpu": "RUNNING" };
		await expect.poll(states, { timeout: 30_000 }).toEqual(running);
		await stop();
		const lines = (await log()).split("\n");
		const stopped = lines.flatMap((line) => /stopped: (\S+)/.exec(line)?.[1] ?? []);
		expect([stopped[0], stopped.slice(1).toSorted()]).toEqual(["worker-cpu", ["api", "watchdog"]]);
		const at = (event: string) =>
			Date.parse(
				lines
					.find((line) => line.includes(event))!
					.slice(0, 23)
					.replace(",", "."),
			);
		// supervisord by itself waits up to a second before each of four steps.
		expect(at(`stopped: ${stopped.at(-1)}`) - at("received SIGTERM")).toBeLessThan(1_500);
	});

	it("tells at once that a program has stopped", async () => {
		const { states, exec, log } = await start({ ...ENVIRONMENT, WORKER_MODE: "cpu" });
		await expect.poll(async () => (await states())["workers:worker-cpu"], { timeout: 30_000 }).toBe("RUNNING");
		const control = "supervisorctl -c /app/images/etc/supervisord.conf";
		const answered: number[] = [];
		for (let round = 0; round < 5; round++) {
			const script = `${control} stop 'workers:*' >&2; date +%s%3N; ${control} start 'workers:*' >&2`;
			answered.push(Number(await exec("sh", "-c", script)));
		}
		const stopped = [...(await log()).matchAll(/^(\S+ \S+),(\d+) .*stopped: worker-cpu/gm)];
		const waits = stopped.map(([, time, ms], at) => answered[at]! - Date.parse(`${time}.${ms}Z`));
		// supervisord by itself answers a second later in most of them.
		expect(waits.toSorted((a, b) => a - b)[2]).toBeLessThan(700);
	});

	it("ends with one line that names all that is missing", async () => {
		const { end } = await start({ TEMPORAL_ADDRESS: "127.0.0.1:1" });
		expect(await end()).toEqual({
			exitCode: 1,
			log:
				"boot: missing environment: WORKER_INSTANCE_NAME, MINIO_ENDPOINT, MINIO_ACCESS_KEY (or AWS_ACCESS_KEY_ID), " +
				"MINIO_SECRET_KEY (or AWS_SECRET_ACCESS_KEY)\n",
		});
	});

	it("refuses a container that is too small for its programs", async () => {
		const { end } = await start(BOTH, ["--memory", "2g"]);
		const { exitCode, log } = await end();
		expect(log).toMatch(/^boot: memory: 2048 MiB are too few, llama, .* WORKER_MODE=cpu .*\n$/);
		expect(exitCode).toBe(1);
	});

	it("scales limits to the container", async () => {
		const { logUntil } = await start(BOTH, ["--memory", "4g"]);
		const limit = /^ {2}worker-cpu +750 MiB/m;
		expect(await logUntil(limit)).toMatch(limit);
	});

	it("forgets the process numbers of a life before", async () => {
		const before = "mkdir -p /run/cres/pids; echo 7 >/run/cres/pids/gone; exec /app/boot";
		const options = ["--entrypoint", "sh"];
		const { states, exec } = await start({ ...ENVIRONMENT, WORKER_MODE: "cpu" }, options, ["-c", before]);
		await expect.poll(async () => (await states())["api"], { timeout: 30_000 }).toBe("RUNNING");
		expect(await exec("ls", "/run/cres/pids")).not.toContain("gone");
	});

	it("skips llama, visibly, when no model comes", async () => {
		const { states, logUntil } = await start(BOTH);
		await expect.poll(states, { timeout: 30_000 }).toMatchObject({ models: "RUNNING", llama: "RUNNING" });
		// As the models program does when the bucket names no model.
		await container().exec("sh", "-c", "echo 0 >/run/cres/own/59005/models.done");
		await expect.poll(states, { timeout: 20_000 }).toMatchObject({ llama: "EXITED", whisper: "RUNNING" });
		expect(await logUntil(/llama is skipped.*\n/)).toContain("llama is skipped: there is no model");
	});
});

describe("boot called by on-start", () => {
	const idle = ["--entrypoint", "sleep", "--init"];

	it("starts the programs, and a second time changes nothing", async () => {
		const { exec, states } = await start({ ...ENVIRONMENT, WORKER_MODE: "cpu" }, idle, ["infinity"]);
		const first = await exec("env", "-i", "PATH=/usr/bin:/bin", "/app/boot", "--detach");
		expect(first).toMatch(/^supervisord {2}started, process \d+$/m);
		const second = await exec("/app/boot", "--detach");
		expect(second).toMatch(/^supervisord {2}runs already, process \d+, nothing changed$/m);
		const without = (text: string) => text.replace(/^supervisord .*$/m, "");
		expect(without(second)).toBe(without(first));
		await expect.poll(states, { timeout: 30_000 }).toMatchObject({ "workers:worker-cpu": "RUNNING" });
		expect(await exec("ls", "/var/log/cres")).toContain("worker-cpu.log");
	});

	it("updates what changed, and starts supervisord again for other keys", async () => {
		const { exec } = await start(BOTH, idle, ["infinity"]);
		await exec("/app/boot", "--detach");
		const changed = await exec("env", "LLAMA_CTX_SIZE=8192", "LLAMA_NGL=20", "/app/boot", "--detach");
		expect(changed).toMatch(/^supervisord .* now with other (?=.*llama)(?=.*workers)(?!.*whisper)/m);
		const keys = await exec("env", "AWS_SECRET_ACCESS_KEY=sentinel-other", "/app/boot", "--detach");
		expect(keys).toMatch(/^supervisord {2}started again for another AWS_SECRET_ACCESS_KEY, process \d+$/m);
	});
});

describe("the owner of the programs", () => {
	const program = (name: string, priority: number, onTerm: string) =>
		`[program:${name}]\ncommand=sh -c "trap '${onTerm}; exit 0' TERM; echo ${name} runs; while :; do sleep 0.1; done"\n` +
		`priority=${priority}\nstopwaitsecs=20\nstdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0\n`;

	it("lets a busy worker finish before anything that it may need is told to stop, and restarts what crashes", async () => {
		const programs = program("worker", 100, "sleep 2; echo the job is done") + program("engine", 101, "echo told");
		const script = 'mkdir -p /run/cres/programs.d /var/log/cres; printf %s "$1" >/run/cres/programs.d/programs.conf; ';
		const { logUntil, exec, stop, log } = await start(
			{},
			["--entrypoint", "sh"],
			["-c", `${script}exec python3 -I /app/images/etc/owner.py --now`, "sh", programs],
		);
		await logUntil(/worker runs[^]*engine runs|engine runs[^]*worker runs/);
		await exec("sh", "-c", "kill -9 $(supervisorctl -c /app/images/etc/supervisord.conf pid engine)");
		await logUntil(/(engine runs[^]*){2}/);
		const { exitCode } = await stop();
		expect([exitCode, await log()]).toEqual([
			0,
			expect.stringMatching(/the job is done\n[^]*stopped: worker[^]*told\n/),
		]);
	});
});
