import { beforeAll, describe, expect, it } from "vitest";
import { confinement, writesOf } from "../../../src/contracts/container.ts";
import { USER_IDS } from "../../../src/contracts/user-ids.ts";
import { BOTH, bootOfTest, ENVIRONMENT, imageLabel } from "./container.ts";

const CTL = ["supervisorctl", "-c", "/app/images/etc/supervisord.conf"];

const { start, container, image } = bootOfTest();
/** As cres makes containers of this image on Docker hosts. */
let confined: string[];
beforeAll(async () => {
	confined = optionsOf(confinement({ writes: writesOf(await imageLabel(image(), "cres.writes"))! }));
});

function optionsOf({ HostConfig: host, ...more }: ReturnType<typeof confinement>): string[] {
	const { Tmpfs, Volumes } = { Tmpfs: {}, Volumes: {}, ...host, ...more };
	return [
		...["--init", "--security-opt", host.SecurityOpt.join(","), "--cap-drop", host.CapDrop.join(",")],
		...host.CapAdd.flatMap((name) => ["--cap-add", name]),
		...("ReadonlyRootfs" in host ? ["--read-only"] : []),
		...Object.entries(Tmpfs).flatMap(([path, options]) => ["--tmpfs", `${path}:${options}`]),
		...Object.keys(Volumes).flatMap((path) => ["--volume", path]),
	];
}

/** Runs a script as a user of the container. */
const as = (uid: string, script: string): Promise<string> =>
	container().exec("setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "sh", "-c", script);

const STATUS = /^(?:Uid|CapEff|NoNewPrivs):\s+(\S+)/gm;
const NONE = "0000000000000000";

describe("A8: a program that is taken over", () => {
	it.each([
		["whisper", USER_IDS.engine, NONE],
		["llama", USER_IDS.engine, NONE],
		["api", USER_IDS.api, NONE],
		["models", USER_IDS.models, NONE],
		["workers:worker-gpu", USER_IDS.gpuWorker, NONE],
		// CAP_KILL
		["watchdog", USER_IDS.watchdog, "0000000000000020"],
	])("has a user without rights, and can read no environment but its own: %s", async (name, uid, rights) => {
		const { states, exec } = await start(BOTH, confined);
		await expect
			.poll(states, { timeout: 30_000 })
			.toMatchObject({ [name]: "RUNNING", "workers:worker-cpu": "RUNNING" });
		const pid = (await exec(...CTL, "pid", name)).trim();
		const status = await exec("cat", `/proc/${pid}/status`);
		expect([...status.matchAll(STATUS)].map(([, value]) => value)).toEqual([uid, rights, "1"]);
		// Of the others it sees that they run, not what they were given.
		const others = `for p in /proc/[0-9]*; do [ "$(stat -c %u $p)" = ${uid} ] || cat $p/environ; done 2>&1`;
		const said = await as(uid, `${others} | tr '\\0' '\\n'`);
		expect(said).toContain("Permission denied");
		expect(said).not.toContain("sentinel");
		expect(await exec("sh", "-c", "tr '\\0' '\\n' </proc/1/environ")).toContain("sentinel");
		await expect(as(uid, "kill -9 1")).rejects.toThrow(/not permitted/);
	});

	it("runs beside supervisord and the spawner, which alone are root", async () => {
		const { states, exec } = await start(BOTH, confined);
		await expect.poll(states, { timeout: 30_000 }).toMatchObject({ "workers:worker-cpu": "RUNNING", api: "RUNNING" });
		const list = "for p in /proc/[0-9]*; do [ $(stat -c %u $p) != 0 ] || tr '\\0' ' ' <$p/cmdline; echo; done";
		const roots = async () =>
			(await exec("sh", "-c", list))
				.split("\n")
				.flatMap((line) => /\/app\/\S+/.exec(line)?.[0] ?? [])
				.toSorted();
		// A program that is about to start is root until it has become its user.
		await expect
			.poll(roots, { timeout: 30_000 })
			.toEqual(["/app/boot", "/app/images/etc/owner.py", "/app/images/etc/spawner.py"].toSorted());
	});
});

describe("A8: what a program may write to", () => {
	const OWN = /^\/(?:tmp|run\/cres\/own\/\d+|run\/cres\/\w+\.sock|var\/cache\/cres\/\d+|var\/tmp|run\/lock)(?:\/|$)/;
	const MODELS = /^\/workspace\/packages\/models(?:\/|$)/;
	const writable = async (uid: string): Promise<string[]> =>
		(
			await as(
				uid,
				"find / \\( -path /proc -o -path /sys -o -path /dev \\) -prune -o ! -type l -writable -print 2>/dev/null || true",
			)
		)
			.split("\n")
			.filter((path) => path !== "");

	it.each([
		["read-only", () => confined],
		["writable, as at Vast", () => []],
	])("is its own, in a container that is %s", async (_what, options) => {
		const { states } = await start(BOTH, options());
		await expect
			.poll(states, { timeout: 30_000 })
			.toMatchObject({ models: "RUNNING", watchdog: "RUNNING", "workers:worker-cpu": "RUNNING" });
		for (const [name, uid] of Object.entries(USER_IDS)) {
			const found = await writable(uid);
			expect(found, name).toContain("/tmp");
			const others = found.filter((path) => !OWN.test(path) && !(name === "models" && MODELS.test(path)));
			expect(others, name).toEqual([]);
		}
	});

	it("is, for root, what the image names and /run alone; all programs of the image run so, and leave no volume", async () => {
		const { states, exec, stop } = await start(BOTH, confined);
		await expect
			.poll(states, { timeout: 30_000 })
			.toMatchObject({ api: "RUNNING", watchdog: "RUNNING", whisper: "RUNNING", "workers:worker-gpu": "RUNNING" });
		for (const path of ["/app", "/etc", "/root", "/usr/bin", "/opt", "/var/lib", "/var/tmp"])
			await expect(exec("touch", `${path}/x`)).rejects.toThrow(/Read-only file system/);
		for (const path of ["/tmp", "/workspace", "/var/log/cres", "/var/cache/cres", "/run"])
			await exec("touch", `${path}/x`);
		expect((await stop()).exitCode).toBe(0);
	});
});

describe("A8: a download that is taken over", () => {
	/** Stands in for yt-dlp: asked as the worker asks, it looks for secrets wherever it may. */
	const LOOK =
		"id -u; env; cat /proc/self/status; for p in /proc/[0-9]*; do [ $(stat -c %u $p) = 59001 ] || cat $p/environ; done";
	const ASK = `
		const { spawnerAt } = await import("/app/images/runtime/spawner.js");
		const { mkdtempSync, chownSync, chmodSync } = await import("node:fs");
		const directory = mkdtempSync("/tmp/look-");
		chownSync(directory, process.getuid(), 59001);
		chmodSync(directory, 0o2770);
		const options = { directory, signal: new AbortController().signal };
		console.log(JSON.stringify(await spawnerAt("/run/cres/spawner.sock")("sh", ["-c", process.argv[1]], options)));`;

	it("is user 59001 without rights, whom the worker has started through root, and reads no key", async () => {
		const { states, exec } = await start({ ...ENVIRONMENT, WORKER_MODE: "cpu" }, confined);
		await expect.poll(states, { timeout: 30_000 }).toMatchObject({ "workers:worker-cpu": "RUNNING" });
		const worker = ["setpriv", "--reuid", "59004", "--regid", "59004", "--groups", "59001", "--"];
		const said = await exec(...worker, "node", "--input-type=module", "-e", ASK, LOOK);
		const { stdout, stderr } = JSON.parse(said) as { stdout: string; stderr: string };
		expect(stdout).toMatch(/^59001\n/);
		expect([...stdout.matchAll(STATUS)].map(([, value]) => value)).toEqual(["59001", NONE, "1"]);
		expect(stderr).toContain("Permission denied");
		expect(stdout + stderr).not.toContain("sentinel");
	});
});

describe("the memory watchdog, a user of its own", () => {
	const GREEDY = `import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); x = bytearray(b"1" * 120000000); time.sleep(2); y = bytearray(b"1" * 80000000); time.sleep(60)`;
	/** The owner of the programs with one that allocates 200 MB, run as that user, and does not end when it is asked to. */
	const programs = (name: string, user: string) =>
		[
			`[program:${name}]\ncommand=sh /app/images/etc/as-user ${user} python3 -c '${GREEDY}'\nkillasgroup=true\nstopwaitsecs=30`,
			"[program:watchdog]\ncommand=sh /app/images/etc/as-user 59006+kill node /app/images/boot/watchdog.js " +
				`${name}=104857600\nstdout_logfile=/dev/fd/1\nstdout_logfile_maxbytes=0\nredirect_stderr=true`,
			"",
		].join("\n");
	const SCRIPT =
		'mkdir -p /run/cres/programs.d /var/log/cres; printf %s "$1" >/run/cres/programs.d/programs.conf; ' +
		"exec python3 -I /app/images/etc/owner.py --now";

	it.each([
		["api", "0"],
		["llama", "59002"],
	])(
		"restarts a program that allocates past its limit, kills one that goes on, and names both: %s of user %s",
		async (name, user) => {
			const { logUntil } = await start(
				{},
				[...confined, "--entrypoint", "sh"],
				["-c", SCRIPT, "sh", programs(name, user)],
			);
			const spawned = `spawned: '${name}'`;
			const restarted = new RegExp(`^(?=[^]*is killed: far over.*\n)(?=[^]*${spawned}[^]*${spawned})`);
			const log = await logUntil(restarted);
			expect(log).toMatch(restarted);
			const line = log.split("\n").find((text) => text.includes("is restarted: over its memory limit"));
			const { message, program, limitMiB, observedMiB } = JSON.parse(line!);
			expect({ message, program, limitMiB }).toEqual({
				message: `${name} is restarted: over its memory limit`,
				program: name,
				limitMiB: 100,
			});
			// It is looked at while it grows: a byte too much is the same number of MiB.
			expect(observedMiB).toBeGreaterThanOrEqual(100);
		},
	);
});
