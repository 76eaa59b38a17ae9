import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { processService, type ProcessServiceOptions } from "../../src/services/process-service.ts";
import { systemClock } from "../../src/system/clock.ts";
import { systemProcesses, type Program } from "../../src/system/processes.ts";

let directory: string;
let readyFile: string;
let recordFile: string;
const services: ReturnType<typeof processService>[] = [];
beforeEach(async () => {
	directory = await mkdtemp(join(tmpdir(), "cres-services-"));
	readyFile = join(directory, "ready");
	recordFile = join(directory, "run", "web.json");
});
afterEach(async () => {
	for (const service of services.splice(0)) await service.down().catch(() => {});
});

const node = (script: string) => () => ({ file: process.execPath, args: ["-e", script] });
const SAY_READY = (): string => `require("fs").writeFileSync(${JSON.stringify(readyFile)}, String(process.pid));`;
const WAIT = "setInterval(() => {}, 1000);";

/** Ready: the process that wrote its pid into the ready file runs. */
const ready = async () => (await systemProcesses.find(Number(await readFile(readyFile, "utf8")))) !== undefined;

function service(program: ProcessServiceOptions["program"], options: Partial<ProcessServiceOptions> = {}) {
	const ports = { processes: systemProcesses, clock: systemClock };
	const made = processService({ name: "web", directory, program, ready, ...ports, ...options });
	services.push(made);
	return made;
}
const pidOf = async (): Promise<number> => (JSON.parse(await readFile(recordFile, "utf8")) as { pid: number }).pid;
const isRunning = async (pid: number) => (await systemProcesses.find(pid)) !== undefined;

describe("a service", () => {
	it("is started once, is ready, and is stopped once", async () => {
		const web = service(node(SAY_READY() + WAIT));
		expect(await web.status()).toEqual({ state: "stopped" });
		expect(await web.up()).toBe("started");
		const pid = await pidOf();
		expect(await web.status()).toEqual({ state: "ready", pid });
		expect(await web.up()).toBe("reused");
		expect(await pidOf()).toBe(pid);
		await web.down();
		expect(await isRunning(pid)).toBe(false);
		expect(await web.status()).toEqual({ state: "stopped" });
		await web.down();
	});

	it("asks for its program only when it starts", async () => {
		const program = vi.fn<() => Program>(node(SAY_READY() + WAIT));
		const web = service(program);
		await web.up();
		await web.up();
		expect(program).toHaveBeenCalledTimes(1);
	});

	it("replaces a process of its own that is not ready", async () => {
		const slow = service(node(WAIT), { readyWithinMs: 300 });
		await expect(slow.up()).rejects.toMatchObject({ code: "service_not_ready" });
		const pid = await pidOf();
		expect(await slow.status()).toEqual({ state: "unready", pid });
		expect(await service(node(SAY_READY() + WAIT)).up()).toBe("started");
		expect(await isRunning(pid)).toBe(false);
	});

	it("waits no longer for one that it replaces when it is told to stop waiting", async () => {
		const deaf = `process.on("SIGTERM", () => require("fs").writeFileSync("${join(directory, "asked")}", "")); ${WAIT}`;
		const web = service(node(deaf), { readyWithinMs: 300, graceMs: 8_000 });
		await expect(web.up()).rejects.toMatchObject({ code: "service_not_ready" });
		const pid = await pidOf();
		const interrupt = new AbortController();
		const up = web.up(interrupt.signal);
		up.catch(() => {});
		await vi.waitFor(() => readFile(join(directory, "asked")));
		interrupt.abort(new Error("Ctrl-C"));
		await expect(up).rejects.toThrow("Ctrl-C");
		expect(await isRunning(pid)).toBe(true);
		systemProcesses.kill(pid);
	});

	it("is not the process that has its pid now", async () => {
		const web = service(node(SAY_READY() + WAIT));
		await web.up();
		const pid = await pidOf();
		const record = await readFile(recordFile, "utf8");
		await writeFile(recordFile, record.replace(/"startedAt":"[^"]+"/, '"startedAt":"earlier/1"'));
		expect(await web.status()).toEqual({ state: "stopped" });
		await web.down();
		expect(await isRunning(pid)).toBe(true);
		systemProcesses.kill(pid);
	});
});

describe("a stop", () => {
	it("kills a program that does not listen, with what it started", async () => {
		const child = `const child = require("child_process").spawn(process.execPath, ["-e", "${WAIT}"]); console.log(child.pid);`;
		const deaf = service(node(`process.on("SIGTERM", () => {}); ${child} ${SAY_READY()} ${WAIT}`), { graceMs: 200 });
		await deaf.up();
		const pids = [await pidOf(), Number(await readFile(join(directory, "log", "web.log"), "utf8"))];
		expect(await Promise.all(pids.map(isRunning))).toEqual([true, true]);
		await deaf.down();
		await vi.waitFor(async () => expect(await Promise.all(pids.map(isRunning))).toEqual([false, false]));
	});
});

describe("a start that fails", () => {
	it("shows the last lines of a program that ends at once, of this start alone", async () => {
		const dies = (what: string) => service(node(`console.log("reads its settings"); console.error("${what}")`)).up();
		await expect(dies("no such file")).rejects.toThrow("no such file");
		await expect(dies("the port is taken")).rejects.toMatchObject({
			code: "service_ended",
			message: "web ended (exit 0) before it was ready; its last lines:\n  reads its settings\n  the port is taken",
			hint: `read ${join(directory, "log", "web.log")}`,
		});
	});

	it("says why the ready check fails", async () => {
		const options = { readyWithinMs: 200, ready: () => Promise.reject(new Error("connection refused")) };
		await expect(service(node(WAIT), options).up()).rejects.toMatchObject({
			code: "service_not_ready",
			message: "web is not ready after 0.2 s: connection refused; it wrote nothing",
		});
	});

	it("names a program that is not there", async () => {
		await expect(service(() => ({ file: "cres-nonesuch", args: [] })).up()).rejects.toMatchObject({
			code: "service_not_started",
			message: "web cannot be started: spawn cres-nonesuch ENOENT",
		});
	});

	it("refuses where something else answers already, and starts nothing", async () => {
		const program = vi.fn<() => Program>(node(WAIT));
		await expect(service(program, { ready: async () => true }).up()).rejects.toMatchObject({
			code: "service_answered_elsewhere",
		});
		expect(program).not.toHaveBeenCalled();
	});

	it("stops to wait when it is told to, and leaves the process to down", async () => {
		const web = service(node(WAIT));
		await expect(web.up(AbortSignal.timeout(300))).rejects.toMatchObject({ name: "AbortError" });
		const pid = await pidOf();
		expect(await web.status()).toEqual({ state: "unready", pid });
		await web.down();
		expect(await isRunning(pid)).toBe(false);
	});
});

it("touches nothing when its record cannot be read", async () => {
	const web = service(node(SAY_READY() + WAIT));
	await web.up();
	const record = await readFile(recordFile, "utf8");
	const pid = await pidOf();
	await writeFile(recordFile, `{"pid":${pid}}`);
	for (const call of [() => web.up(), () => web.down(), () => web.status()])
		await expect(call()).rejects.toMatchObject({ code: "service_record_unreadable" });
	expect(await isRunning(pid)).toBe(true);
	await writeFile(recordFile, record);
});
