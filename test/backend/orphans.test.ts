import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
import { restartBackend } from "../../src/backend/restart.ts";
import { startBackend } from "../../src/backend/start.ts";
import { renderStatus } from "../../src/backend/status.ts";
import { systemProcesses } from "../../src/system/processes.ts";
import { silent } from "../../src/system/progress.ts";
import { backendWorld, recordedPid, two, until, type World } from "./world.ts";

const isRunning = async (pid: number) => (await systemProcesses.find(pid)) !== undefined;

async function killSupervisor(world: World): Promise<void> {
	process.kill(await recordedPid(world.place, "supervisor"), "SIGKILL");
	await until(async () => (await world.status()).state === "orphaned");
}

it("goes on without its supervisor as long as it writes nothing; the next start says so and ends it", async () => {
	const world = await backendWorld(two);
	const { report } = await world.start();
	await killSupervisor(world);
	await delay(300);
	const orphaned = await world.status();
	expect(orphaned).toMatchObject({ orphans: ["broker-0", "datafeed-0", "nginx"], gone: [] });
	expect(renderStatus(orphaned).split("\n")).toEqual([
		"the backend is orphaned: broker-0, datafeed-0, nginx run without supervisor",
		"next: cres backend start, which ends them first, or cres backend stop",
	]);
	expect((await world.ask("/api/v1/broker/x")).pid).toBe(report.servers[0]!.pid);
	const notes: string[] = [];
	const progress = { ...silent, note: (text: string) => void notes.push(text) };
	const again = await startBackend({ ...world.ports, progress }, world.place, { generate: false });
	expect(notes).toEqual(["ended first, as they ran without supervisor: broker-0, datafeed-0, nginx"]);
	expect(again.outcome).toBe("started");
	expect(await isRunning(report.servers[0]!.pid!)).toBe(false);
});

it("is found and ended when its gateway was killed with it, whose workers hide whose they are", async () => {
	const world = await backendWorld(two);
	const { report } = await world.start();
	const pids = [report.gateway.pid!, ...report.servers.map(({ pid }) => pid!)];
	const workers = await systemProcesses.children(report.gateway.pid!);
	expect(await Promise.all(workers.map(async (pid) => (await systemProcesses.find(pid))?.mark))).toEqual([undefined]);
	for (const pid of [await recordedPid(world.place, "supervisor"), ...pids]) process.kill(pid, "SIGKILL");
	await until(async () => (await world.status()).gone.length === 3);
	expect(await world.status()).toMatchObject({
		state: "orphaned",
		orphans: ["children of broker-0", "children of datafeed-0", "children of nginx"],
	});
	expect((await world.start()).outcome).toBe("started");
	expect(await Promise.all(workers.map(isRunning))).toEqual([false]);
});

it("is ended and started by a restart", async () => {
	const world = await backendWorld(two);
	const { report } = await world.start();
	await killSupervisor(world);
	const again = await restartBackend(world.ports, world.place, { generate: false });
	expect(again.how).toBe("whole");
	expect(await world.status()).toMatchObject({ state: "up", healthy: true });
	expect(await isRunning(report.servers[0]!.pid!)).toBe(false);
});

it("whose supervisor is killed while it starts, fails and leaves nothing", async () => {
	const world = await backendWorld(two);
	const start = world.start();
	start.catch(() => {});
	await until(async () => (await recordedPid(world.place, "datafeed-0")) > 0);
	process.kill(await recordedPid(world.place, "supervisor"), "SIGKILL");
	await expect(start).rejects.toMatchObject({ code: "service_ended" });
	expect(await world.status()).toMatchObject({ state: "stopped", orphans: [], held: [] });
	expect((await world.start()).outcome).toBe("started");
});

it("loses a server at the next line that it writes without its supervisor, and says which", async () => {
	const world = await backendWorld(two);
	const { report } = await world.start();
	await killSupervisor(world);
	await until(async () => {
		await fetch(`http://127.0.0.1:${world.port}/api/v1/broker/say`);
		return !(await isRunning(report.servers[0]!.pid!));
	});
	const status = await world.status();
	const left = ["children of broker-0", "datafeed-0", "nginx"];
	expect(status).toMatchObject({ state: "orphaned", orphans: left, gone: ["broker-0"] });
	expect(renderStatus(status)).toContain(
		"children of broker-0, datafeed-0, nginx run without supervisor; broker-0 ended\n",
	);
	const stopped = await world.stop();
	expect([stopped.stopped, stopped.held]).toEqual([left, []]);
	expect(await world.status()).toMatchObject({ state: "stopped", held: [] });
});
