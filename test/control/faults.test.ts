import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, it, onTestFinished, vi } from "vitest";
import { boot } from "../../src/control/boot.ts";
import { controlLock } from "../../src/control/place.ts";
import { status } from "../../src/control/status.ts";
import { stop } from "../../src/control/stop.ts";
import { claimOf } from "../../src/state/claim.ts";
import { breakLock, takeLock } from "../../src/state/lock.ts";
import { systemClock, type Clock } from "../../src/system/clock.ts";
import { systemProcesses } from "../../src/system/processes.ts";
import { web, webServer, worldsOfTest, type ControlWorld } from "../support/control-world.ts";
import { freePort } from "../support/free-ports.ts";
import { BIN } from "../support/built.ts";

const open = worldsOfTest();
const only = async (world: ControlWorld, ports = world.ports) => (await boot(ports, [])).services[0]!;

it("refuses a port that a stranger holds, with its name and pid, and touches neither", async () => {
	const port = await freePort();
	const stranger = createServer((socket) => void socket.destroy()).listen(port, "127.0.0.1");
	await once(stranger, "listening");
	const world = await open({ api: web(port), web: web(await freePort(), { after: ["api"] }) });
	const { services } = await boot(world.ports, []);
	expect(services.map(({ outcome }) => outcome)).toEqual(["failed", "skipped"]);
	expect(services[0]!.error).toMatchObject({ code: "control_port_held" });
	expect(services[0]!.error!.message).toContain(`port ${port} of api is held by `);
	expect(services[0]!.error!.message).toContain(`(pid ${process.pid})`);
	expect(services[1]!.detail).toBe("waits for api, not ready");
	expect((await status(world.ports, ["api"])).services[0]).toMatchObject({ state: "held", startedBy: "other" });
	expect(stranger.listening).toBe(true);
	stranger.close();
});

it("shows the exit code and the last lines of one that ends at once; the others go on", async () => {
	const script = "console.error('no disk'); process.exit(3)";
	const other = await freePort();
	const world = await open({ bad: web(await freePort(), { command: ["node", "-e", script] }), good: web(other) });
	const { services } = await boot(world.ports, []);
	expect(services[0]).toMatchObject({ outcome: "failed", exit: "exit 3", pid: null, error: { code: "service_ended" } });
	expect(services[0]!.error!.message).toBe("bad ended (exit 3) before it was ready; its last lines:\n  no disk");
	expect(services[1]).toMatchObject({ outcome: "started" });
});

it("says what the health of one says that does not become ready, and the next boot replaces it", async () => {
	const port = await freePort();
	const script = `require("http").createServer((_, r) => r.writeHead(require("fs").existsSync("good") ? 200 : 503).end()).listen(${port}, "127.0.0.1")`;
	const world = await open({ api: web(port, { command: ["node", "-e", script], wait: "700ms" }) });
	const row = await only(world);
	expect(row).toMatchObject({ outcome: "failed", error: { code: "service_not_ready" } });
	expect(row.error!.message).toContain("api is not ready after 0.7 s: answers 503");
	expect((await status(world.ports, [])).services[0]).toMatchObject({
		state: "unready",
		startedBy: "cres",
		pid: row.pid,
	});
	await writeFile(join(world.root, "good"), "");
	await rm(join(world.root, "good"));
	const again = await only(world);
	expect(again.pid).not.toBe(row.pid);
	expect(await systemProcesses.find(row.pid!)).toBeUndefined();
});

it("of two boots at once one starts, the other waits, says for whom, and finds it ready", async () => {
	const port = await freePort();
	const world = await open({ api: web(port, { command: webServer(port, 500) }) });
	const notes: string[] = [];
	const progress = { ...world.ports.progress, note: (text: string) => void notes.push(text) };
	const first = boot(world.ports, []);
	await delay(150);
	const [one, two] = await Promise.all([first, boot({ ...world.ports, progress }, [])]);
	expect([one.services[0]!.outcome, two.services[0]!.outcome]).toEqual(["started", "untouched"]);
	expect(one.services[0]!.pid).toBe(two.services[0]!.pid);
	expect(notes).toEqual([
		expect.stringMatching(/^the control plane is locked by .+: cres control boot; waiting for it$/),
	]);
});

it("gives up, with the name of who boots, when that takes too long, whatever happens to the clock", async () => {
	const world = await open({ api: web(await freePort(), { wait: "1ms" }) });
	const claim = claimOf("cres control boot", systemClock);
	const lock = await takeLock(controlLock(world.ports.config.state), claim, { clock: systemClock });
	let [now, slept] = [Date.now(), 0];
	const sleep = async (ms: number) => {
		slept += ms;
		now -= 3_600_000; // somebody sets the clock back, again and again
	};
	await expect(boot({ ...world.ports, clock: { now: () => now, sleep } }, [])).rejects.toMatchObject({
		code: "lease_held",
		message: expect.stringContaining(`(pid ${process.pid})`),
	});
	expect(slept).toBeGreaterThan(15_000); // each look counts with what it takes, too
	expect(slept).toBeLessThan(31_000);
	await lock.release();
});

it("is stopped by Ctrl-C: what is not ready ends, what is stays, and each is told", async () => {
	const [ready, late] = [await freePort(), await freePort()];
	const world = await open({
		a: web(ready),
		b: web(late, { command: webServer(late, 60_000), after: ["a"] }),
		c: web(await freePort(), { after: ["b"] }),
	});
	const interrupt = new AbortController();
	const booting = boot({ ...world.ports, signal: interrupt.signal }, []);
	while ((await status(world.ports, ["b"])).services[0]!.pid === null) await delay(20);
	const { pid } = (await status(world.ports, ["b"])).services[0]!;
	interrupt.abort(new Error("Ctrl-C"));
	const { services } = await booting;
	expect(services.map(({ outcome }) => outcome)).toEqual(["started", "interrupted", "skipped"]);
	expect(await systemProcesses.find(pid!)).toBeUndefined();
	expect((await status(world.ports, [])).services.map(({ state }) => state)).toEqual(["ready", "stopped", "stopped"]);
});

it("waits for nobody after Ctrl-C whom it would have replaced", async () => {
	const port = await freePort();
	const deaf = `process.on("SIGTERM", () => require("fs").writeFileSync("asked", "")); require("http").createServer((_, r) => r.writeHead(503).end()).listen(${port}, "127.0.0.1")`;
	const world = await open({ a: web(port, { command: ["node", "-e", deaf], wait: "700ms" }) });
	const { pid } = await only(world);
	const interrupt = new AbortController();
	const booting = boot({ ...world.ports, signal: interrupt.signal }, []);
	while (!existsSync(join(world.root, "asked"))) await delay(20);
	interrupt.abort(new Error("Ctrl-C"));
	const started = performance.now();
	expect((await booting).services[0]).toMatchObject({
		outcome: "interrupted",
		detail: "not begun; what ran before may still run",
	});
	expect(performance.now() - started).toBeLessThan(10_000); // it would be killed after 20 s
	expect(await systemProcesses.find(pid!)).toBeDefined();
	systemProcesses.kill(pid!);
});

it("leaves what it has begun to who has taken over its lock", async () => {
	vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
	onTestFinished(() => void vi.useRealTimers());
	const port = await freePort();
	const world = await open({ a: web(port, { command: webServer(port, 60_000) }) });
	const booting = boot(world.ports, []);
	while ((await status(world.ports, ["a"])).services[0]!.pid === null) await delay(20);
	const { pid } = (await status(world.ports, ["a"])).services[0]!;
	await breakLock(controlLock(world.ports.config.state));
	vi.advanceTimersByTime(20_000);
	expect((await booting).services[0]).toMatchObject({
		outcome: "interrupted",
		detail: "the lease of the control plane was lost; nothing more was done",
	});
	expect(await systemProcesses.find(pid!)).toBeDefined();
});

it("stops nothing more after Ctrl-C, waits for nobody, and the next stop goes on from there", async () => {
	const [deaf, other] = [await freePort(), await freePort()];
	const script = `process.on("SIGTERM", () => {}); require("http").createServer((_, r) => r.end()).listen(${deaf}, "127.0.0.1")`;
	const world = await open({ a: web(other), b: web(deaf, { command: ["node", "-e", script], after: ["a"] }) });
	await boot(world.ports, []);
	const { pid } = (await status(world.ports, ["b"])).services[0]!;
	const interrupt = new AbortController();
	const started = performance.now();
	const stopping = stop({ ...world.ports, signal: interrupt.signal }, []);
	await delay(300);
	interrupt.abort(new Error("Ctrl-C"));
	expect((await stopping).services).toMatchObject([
		{ service: "b", outcome: "interrupted", detail: "it was asked to end" },
		{ service: "a", outcome: "interrupted", detail: "not begun" },
	]);
	expect(performance.now() - started).toBeLessThan(10_000); // it would be killed after 20 s
	expect((await status(world.ports, [])).services.map(({ state }) => state)).toEqual(["ready", "ready"]);
	systemProcesses.kill(pid!);
	expect((await stop(world.ports, [])).services.map(({ service }) => service)).toEqual(["b", "a"]);
	expect((await status(world.ports, [])).services.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
});

it("is killed in mid-boot: the next boot takes over the lock and the process of before", async () => {
	const port = await freePort();
	const world = await open({ api: web(port, { command: webServer(port, 1_500) }) });
	const bin = BIN;
	const child = spawn(process.execPath, [bin, "control", "boot"], { cwd: world.root, stdio: "ignore" });
	const pidOfRecord = async (): Promise<number> =>
		(JSON.parse(await readFile(world.record("api"), "utf8")) as { pid: number }).pid;
	let orphan: number | undefined;
	while (orphan === undefined) {
		await delay(20);
		orphan = await pidOfRecord().catch(() => undefined);
	}
	child.kill("SIGKILL");
	await once(child, "exit");
	expect(await systemProcesses.find(orphan)).toBeDefined();
	expect(await only(world)).toMatchObject({ outcome: "started" });
	const now = await pidOfRecord();
	expect(now === orphan || (await systemProcesses.find(orphan)) === undefined).toBe(true);
	expect((await stop(world.ports, [])).services[0]).toMatchObject({ outcome: "stopped", detail: "" });
});

it("does not signal the process that a record names when it is another one's", async () => {
	const port = await freePort();
	const world = await open({ api: web(port) });
	const foreign = spawn("sleep", ["300"], { stdio: "ignore" });
	await once(foreign, "spawn");
	await mkdir(dirname(world.record("api")), { recursive: true });
	await writeFile(
		world.record("api"),
		JSON.stringify({ version: 1, pid: foreign.pid, startedAt: "boot/1", program: "api" }),
	);
	expect((await stop(world.ports, [])).services[0]).toMatchObject({ outcome: "was-stopped" });
	expect(await only(world)).toMatchObject({ outcome: "started" });
	expect(await systemProcesses.find(foreign.pid!)).toBeDefined();
	foreign.kill();
});

it("starts nothing whose log cannot be written", async () => {
	const world = await open({ api: web(await freePort()) });
	const log = join(world.ports.config.state, "control", "log", "api.log");
	await mkdir(log, { recursive: true });
	const row = await only(world);
	expect(row).toMatchObject({ outcome: "failed", pid: null, error: { code: "control_log_unwritable" } });
	expect(row.error!.message).toBe(`the log ${log} cannot be written: EISDIR`);
	await rm(log, { recursive: true });
});

it("starts nothing that it could not find again: an unwritable record ends the process", async () => {
	const port = await freePort();
	const world = await open({ api: web(port) });
	const run = dirname(world.record("api"));
	await mkdir(dirname(run), { recursive: true });
	await writeFile(run, "no folder");
	await expect(boot(world.ports, [])).resolves.toMatchObject({ services: [{ outcome: "failed" }] });
	await rm(run);
	await delay(200);
	expect(await world.ports.ports.taken(port)).toBeUndefined();
});

it("names a program that is not there, and a folder", async () => {
	const missing = await open({ api: web(await freePort(), { command: ["no-such-program"] }) });
	expect((await only(missing)).error).toMatchObject({
		code: "program_missing",
		message: "api cannot be started: no-such-program is not on the PATH",
	});
	const nowhere = await open({ api: web(await freePort(), { cwd: "nowhere" }) });
	expect((await only(nowhere)).error!.message).toMatch(/there is no folder .*nowhere$/);
});

it("stops the others when the system refuses the record of one", async () => {
	const world = await open({ good: web(await freePort()), odd: web(await freePort()) });
	await boot(world.ports, ["good"]);
	await mkdir(world.record("odd"), { recursive: true });
	const { services, failed } = await stop(world.ports, []);
	expect(services.map(({ service, outcome }) => [service, outcome])).toEqual([
		["odd", "failed"],
		["good", "stopped"],
	]);
	expect(services[0]!.detail).toContain("EISDIR");
	expect(failed).toBe(1);
});

it("waits as long as it says when the clock is set forward meanwhile", async () => {
	let ahead = 0;
	const clock: Clock = {
		now: () => systemClock.now() + ahead,
		sleep: (ms, signal) => systemClock.sleep(ms, signal).then(() => void (ahead = 3_600_000)),
	};
	const [own, port] = [await freePort(), await freePort()];
	const late = { external: true, ready: { tcp: `127.0.0.1:${port}` }, wait: "10s" };
	const world = await open({ own: web(own, { command: webServer(own, 800) }), late }, { clock });
	const server = createServer();
	const opening = delay(800).then(() => server.listen(port, "127.0.0.1"));
	const { services } = await boot(world.ports, []);
	await opening;
	server.close();
	expect(services.map(({ outcome }) => outcome)).toEqual(["started", "started"]);
});

it("kills a command that does not end in its stop_timeout, and waits for one that does", async () => {
	const port = await freePort();
	const deaf = ["node", "-e", `process.on("SIGTERM", () => {}); ${webServer(port)[2]!}`];
	const world = await open({ api: web(port, { command: deaf, stop_timeout: "300ms" }) });
	await boot(world.ports, []);
	const started = performance.now();
	expect((await stop(world.ports, [])).services[0]).toMatchObject({ outcome: "stopped" });
	const took = performance.now() - started;
	expect(took).toBeGreaterThan(290);
	expect(took).toBeLessThan(10_000);
});
