import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { identify } from "../../src/services/identity.ts";
import { systemClock } from "../../src/system/clock.ts";
import { MARK } from "../../src/system/mark.ts";
import { systemProcesses, type Processes } from "../../src/system/processes.ts";
import { stopProcess } from "../../src/services/stop.ts";
import { fakeClock, fakeProcesses } from "./fake-processes.ts";

const identity = { pid: 7, startedAt: "boot/1", program: "registry" };
const one = () => new Map([[7, "boot/1"]]);

it("asks, and kills only what did not listen", async () => {
	const { processes, sent } = fakeProcesses(one());
	await stopProcess({ processes, clock: fakeClock() }, identity, 1_000);
	expect(sent).toEqual(["ask 7"]);
});

it("leaves the process alone that has the pid now", async () => {
	const { processes, sent } = fakeProcesses(one());
	await stopProcess({ processes, clock: fakeClock() }, { ...identity, startedAt: "boot/0" }, 1_000);
	expect(sent).toEqual([]);
});

it("kills after the grace, and says when that did not help", async () => {
	const { processes, sent } = fakeProcesses(one(), [7]);
	const clock = fakeClock();
	await expect(stopProcess({ processes, clock }, identity, 1_000)).rejects.toMatchObject({
		code: "service_not_stopped",
		message: "process 7 (registry) cannot be stopped",
	});
	expect(sent).toEqual(["ask 7", "kill 7"]);
	expect(clock.now()).toBeGreaterThan(10_000);
	expect(clock.now()).toBeLessThanOrEqual(11_000);
});

it("counts what each look takes into the grace, as that of PowerShell does", async () => {
	const { processes, sent } = fakeProcesses(one(), [7]);
	const now = performance.now.bind(performance);
	let [late, looks] = [0, 0];
	onTestFinished(() => void vi.restoreAllMocks());
	vi.spyOn(performance, "now").mockImplementation(() => now() + late);
	const slow: Processes = {
		...processes,
		async find(pid) {
			looks += 1;
			late += 1_000;
			return processes.find(pid);
		},
	};
	const stopping = stopProcess({ processes: slow, clock: fakeClock() }, identity, 20_000);
	await expect(stopping).rejects.toMatchObject({ code: "service_not_stopped" });
	expect(sent).toEqual(["ask 7", "kill 7"]);
	expect(looks).toBeLessThan(35);
});

it("names what the system says against it", async () => {
	const { processes } = fakeProcesses(one());
	const refusing = {
		...processes,
		ask: () => {
			throw new Error("kill EPERM");
		},
	};
	await expect(stopProcess({ processes: refusing, clock: fakeClock() }, identity, 1_000)).rejects.toMatchObject({
		code: "service_not_stopped",
		message: "process 7 (registry) cannot be stopped: kill EPERM",
	});
});

it.each([
	["with another start", { startedAt: "0/0" }],
	["without a start", {}],
])("A18: a foreign process whose pid is on record %s goes on", async (_case, start) => {
	const foreign = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
	onTestFinished(() => void foreign.kill());
	await once(foreign, "spawn");
	const identity = { pid: foreign.pid!, program: "registry", ...start };
	await stopProcess({ processes: systemProcesses, clock: fakeClock() }, identity, 100);
	expect([foreign.exitCode, foreign.signalCode, foreign.killed]).toEqual([null, null, false]);
	expect(await systemProcesses.find(foreign.pid!)).toBeDefined();
});

const SCRIPT = "sleep 100 & trap '' HUP; wait";

async function shell() {
	const log = join(await mkdtemp(join(tmpdir(), "cres-stop-")), "log");
	const mark = "a-mark-of-this-test";
	const pid = await systemProcesses.start({ file: "sh", args: ["-c", SCRIPT], env: { [MARK]: mark } }, log);
	const identity = await identify(systemProcesses, pid, "sh", mark);
	await vi.waitFor(async () => expect(await systemProcesses.children(pid)).toHaveLength(1));
	const [child] = await systemProcesses.children(pid);
	return {
		stop: (over: object = {}) =>
			stopProcess({ processes: systemProcesses, clock: systemClock }, { ...identity, ...over }, 1_000),
		isLeft: async () => (await systemProcesses.find(child!)) !== undefined,
		end: async () => {
			systemProcesses.ask(pid);
			await vi.waitFor(async () => expect(await systemProcesses.find(pid)).toBeUndefined());
		},
	};
}

it("ends what a shell leaves in its group", async () => {
	const { stop, isLeft } = await shell();
	await stop();
	expect(await isLeft()).toBe(false);
});

it("ends what a shell has left in its group that ended by itself, where its mark tells whose that is", async () => {
	const { stop, isLeft, end } = await shell();
	await end();
	await stop({ mark: "a-mark-of-somebody-else" });
	expect(await isLeft()).toBe(true);
	await stop();
	expect(await isLeft()).toBe(false);
});

it("ends what a shell has left in its group, when nobody takes note that the shell has ended", async () => {
	const parent = spawn("sh", ["-c", "setsid sh -c 'sleep 100 & wait' & echo $!; exec sleep 100"]);
	onTestFinished(() => void parent.kill());
	const pid = Number(String((await once(parent.stdout, "data"))[0]));
	await vi.waitFor(async () => expect(await systemProcesses.children(pid)).toHaveLength(1));
	const [child] = await systemProcesses.children(pid);
	await stopProcess(
		{ processes: systemProcesses, clock: systemClock },
		await identify(systemProcesses, pid, "sh"),
		1_000,
	);
	expect(existsSync(`/proc/${pid}`)).toBe(true);
	expect(await systemProcesses.find(child!)).toBeUndefined();
});
