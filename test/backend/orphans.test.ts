import { setTimeout as delay } from "node:timers/promises";
import { expect, it } from "vitest";
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

it("loses a server at the next line that it writes without its supervisor, and says which", async () => {
	const world = await backendWorld(two);
	const { report } = await world.start();
	await killSupervisor(world);
	await until(async () => {
		await fetch(`http://127.0.0.1:${world.port}/api/v1/broker/say`);
		return !(await isRunning(report.servers[0]!.pid!));
	});
	const status = await world.status();
	expect(status).toMatchObject({ state: "orphaned", orphans: ["datafeed-0", "nginx"], gone: ["broker-0"] });
	expect(renderStatus(status)).toContain("datafeed-0, nginx run without supervisor; broker-0 ended\n");
	const stopped = await world.stop();
	expect([stopped.stopped, stopped.held]).toEqual([["datafeed-0", "nginx"], []]);
	expect(await world.status()).toMatchObject({ state: "stopped", held: [] });
});
