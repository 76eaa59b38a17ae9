import { createServer } from "node:http";
import { readFile, writeFile } from "node:fs/promises";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { restartBackend } from "../../src/backend/restart.ts";
import { startBackend } from "../../src/backend/start.ts";
import { controlFile } from "../../src/backend/supervisor/spec.ts";
import { waitForHealth } from "../../src/backend/supervisor/health.ts";
import { breakLock } from "../../src/state/lock.ts";
import { systemProcesses } from "../../src/system/processes.ts";
import { backendWorld, recordedPid, two, type World } from "./world.ts";

afterEach(() => void vi.restoreAllMocks());

const LOOK_MS = 5_000;
/** A supervisor that does nothing. */
const idle = () => ({ file: process.execPath, args: ["-e", "setInterval(() => {}, 1_000)"] });

/** Ports whose first looks take five seconds each, until `lateMs` are over, and whose pauses take none; these are counted. */
function slow(ports: World["ports"], lateMs: number) {
	const pauses: number[] = [];
	const now = performance.now.bind(performance);
	let late = 0;
	vi.spyOn(performance, "now").mockImplementation(
		() => now() + (pauses.length * LOOK_MS < lateMs ? (late += LOOK_MS) : late),
	);
	const sleep = async (ms: number) => void pauses.push(ms);
	return { ports: { ...ports, clock: { ...ports.clock, sleep } }, pauses };
}

it("is given up when it does not start in the time that its start says", async () => {
	const world = await backendWorld(two, { health_timeout: 1 });
	const { ports, pauses } = slow({ ...world.ports, supervisor: idle }, 34_000);
	await expect(startBackend(ports, world.place, { generate: false })).rejects.toMatchObject({
		code: "backend_server_unhealthy",
		message: "the backend is not up after 34 s",
	});
	expect(pauses.length).toBeLessThan(100); // those of its stop too
});

it("is left to who has taken the lock of its start", async () => {
	vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
	onTestFinished(() => void vi.useRealTimers());
	const world = await backendWorld(two, { health_timeout: 1 });
	const start = startBackend({ ...world.ports, supervisor: idle }, world.place, { generate: false });
	start.catch(() => {});
	await expect.poll(() => recordedPid(world.place, "supervisor").catch(() => 0), { timeout: 20_000 }).not.toBe(0);
	const pid = await recordedPid(world.place, "supervisor");
	await breakLock(join(world.place.directory, "lock"));
	vi.advanceTimersByTime(20_000);
	await expect(start).rejects.toMatchObject({ code: "lease_lost", exit: "busy" });
	expect(await systemProcesses.find(pid)).toBeDefined();
});

it("is given up when its restart takes longer than that says", async () => {
	const world = await backendWorld(two);
	await world.start();
	const control = JSON.parse(await readFile(controlFile(world.place.directory), "utf8")) as { port: number };
	let isRestarting = false;
	const between = createServer(async ({ url, method, headers }, response) => {
		isRestarting ||= method === "POST";
		const { authorization = "" } = headers;
		const asked = await fetch(`http://127.0.0.1:${control.port}/status`, { headers: { authorization } });
		const report = (await asked.json()) as object;
		response.end(JSON.stringify(url === "/status" && isRestarting ? { ...report, phase: "restarting" } : report));
	}).listen(0, "127.0.0.1");
	onTestFinished(() => void between.close());
	await once(between, "listening");
	const { port } = between.address() as AddressInfo;
	await writeFile(controlFile(world.place.directory), JSON.stringify({ ...control, port }));
	const { ports, pauses } = slow(world.ports, 134_000);
	await expect(restartBackend(ports, world.place, { generate: false, graceMs: 2_000 })).rejects.toMatchObject({
		code: "backend_server_unhealthy",
		message: "the restart has not ended after 134 s",
	});
	expect(pauses.length).toBeLessThan(134_000 / LOOK_MS);
	await writeFile(controlFile(world.place.directory), JSON.stringify(control));
});

it("has the answers of a server counted into the time of its health", async () => {
	const server = createServer((_, response) => response.writeHead(503).end()).listen(0, "127.0.0.1");
	onTestFinished(() => void server.close());
	await once(server, "listening");
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health`;
	const { ports, pauses } = slow({ clock: { now: Date.now } } as World["ports"], 15_000);
	const fault = await waitForHealth({ url, withinMs: 15_000, clock: ports.clock, alive: () => true });
	expect([fault, pauses]).toEqual([`${url} answers 503`, [50, 100]]);
});
