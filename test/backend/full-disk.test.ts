import { execFile } from "node:child_process";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { cleanLogs } from "../../src/backend/logs.ts";
import { renderStatus } from "../../src/backend/status.ts";
import { stopBackend } from "../../src/backend/stop.ts";
import { systemProcesses } from "../../src/system/processes.ts";
import { silent } from "../../src/system/progress.ts";
import { mountTmpfs } from "../support/tmpfs.ts";
import { backendWorld, two, until, type World } from "./world.ts";

const run = promisify(execFile);

/** A backend that runs, with what it writes on a small disk of its own. */
async function onSmallDisk() {
	const world = await backendWorld(two);
	const folder = join(world.place.root, ".cres");
	await mkdir(folder);
	const disk = await mountTmpfs(folder, 2_000_000);
	onTestFinished(async () => {
		await rm(join(folder, "filler"), { force: true });
		await world.stop(500);
		await disk[Symbol.asyncDispose]();
	});
	const { report } = await world.start();
	const pids = [report.pid, report.gateway.pid!, ...report.servers.map(({ pid }) => pid!)];
	const notes: string[] = [];
	const stop = () => {
		const ports = { ...world.ports, progress: { ...silent, note: (text: string) => void notes.push(text) } };
		return stopBackend(ports, world.place, 2_000);
	};
	return { world, folder, stop, notes, runs: async () => (await Promise.all(pids.map(isRunning))).includes(true) };
}

const isRunning = async (pid: number) => (await systemProcesses.find(pid)) !== undefined;
const fill = (folder: string) =>
	expect(writeFile(join(folder, "filler"), Buffer.alloc(4_000_000))).rejects.toThrow("ENOSPC");

/** Has a server write until its logs say that they cannot be. */
async function fillLogs(world: World): Promise<void> {
	await until(async () => {
		for (let at = 0; at < 100; at++) await world.ask("/api/v1/broker/say");
		return (await world.status()).report?.logs.reason != null;
	});
}

it("on a full disk says what its logs lose, and is stopped without a lock", async () => {
	const { world, folder, stop, notes, runs } = await onSmallDisk();
	await fill(folder);
	await fillLogs(world);
	const status = await world.status();
	expect(status).toMatchObject({ state: "up", healthy: false });
	expect(renderStatus(status)).toMatch(/^the logs cannot be written: ENOSPC: .+; \d+ lines were lost$/m);
	const { code, hint, message } = (await world.start().catch((error: unknown) => error)) as Record<string, string>;
	expect([code, hint]).toEqual(["backend_directory_unusable", "free space; cres backend logs clean empties its logs"]);
	expect(message).toContain("ENOSPC");
	expect(await stop()).toEqual({ stopped: ["broker-0", "datafeed-0", "nginx"], held: [] });
	expect(await runs()).toBe(false);
	const lock = join(world.place.directory, "lock");
	expect(notes).toEqual([`${lock} cannot be written (ENOSPC); the stop goes on without the lock of the backend`]);
	expect(await readdir(join(world.place.directory, "run"))).toEqual([]);
});

it("writes its logs again once they were emptied", async () => {
	const { world, folder } = await onSmallDisk();
	await fill(folder);
	await fillLogs(world);
	await rm(join(folder, "filler"));
	await cleanLogs(world.place);
	await until(async () => {
		await world.ask("/api/v1/broker/say");
		return (await world.status()).report?.logs.reason === null;
	});
	const status = await world.status();
	expect(status.healthy).toBe(true);
	expect(renderStatus(status)).toMatch(/^the logs are written again; \d+ lines were lost$/m);
	expect(await readFile(join(world.place.logs, "broker-0.log"), "utf8")).toContain("asked for /api/v1/broker/say");
});

it("on a read-only disk is stopped, and refused to start", async () => {
	const { world, folder, stop, notes, runs } = await onSmallDisk();
	// By another mount of it, for it cannot be made read-only itself while logs are open.
	await run("mount", ["--bind", folder, folder]);
	onTestFinished(async () => void (await run("umount", [folder])));
	await run("mount", ["-o", "remount,ro,bind", folder]);
	await expect(world.start()).rejects.toMatchObject({
		code: "backend_directory_unusable",
		hint: "make its file system writable",
	});
	expect((await stop()).stopped).toEqual(["broker-0", "datafeed-0", "nginx"]);
	expect(await runs()).toBe(false);
	expect(notes[0]).toContain("(EROFS)");
	expect(await world.status()).toMatchObject({ state: "stopped" });
});

it("that was never started has nothing to stop, and no folder", async () => {
	const world = await backendWorld(two);
	expect(await world.stop()).toEqual({ stopped: [], held: [] });
	expect(await readdir(world.place.root)).not.toContain(".cres");
});
