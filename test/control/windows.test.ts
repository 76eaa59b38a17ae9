import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { boot } from "../../src/control/boot.ts";
import type { ControlPorts } from "../../src/control/control-ports.ts";
import { status } from "../../src/control/status.ts";
import { stop } from "../../src/control/stop.ts";
import { descendants } from "../../src/control/windows/descendants.ts";
import { powershellString } from "../../src/system/powershell.ts";
import { controlWorld } from "../support/control-world.ts";
import { simulatedWindows } from "../support/simulated-windows.ts";
import type { Behaviour } from "../support/windows/machine.ts";

afterEach(() => void vi.restoreAllMocks());

/** huihuang: Temporal by a shim, MinIO as a service of Windows, the api as a program. */
const SERVICES = {
	temporal: { command: ["temporal", "server", "start-dev"], ready: { tcp: "127.0.0.1:7233" } },
	store: { windows_service: "MinIO", ready: { http: "http://127.0.0.1:9000/minio/health/live" } },
	api: { command: ["api"], ready: { http: "http://127.0.0.1:8000/health" }, after: ["temporal", "store"] },
};
const BEHAVIOURS: Record<string, Behaviour> = {
	temporal: { ports: [7233], afterMs: 4_000 },
	MinIO: { ports: [9000], afterMs: 1_000 },
	api: { ports: [8000], afterMs: 2_000 },
};
const FILES: Record<string, string> = { temporal: "C:\\tools\\temporal.CMD", api: "C:\\cres\\api.exe" };

async function huihuang(behaviours = BEHAVIOURS) {
	const windows = simulatedWindows(behaviours);
	windows.services.set("MinIO", { State: "Stopped", ProcessId: 0 });
	const world = await controlWorld(SERVICES, { ...windows.control, findProgram: async (name) => FILES[name] });
	return { ...world, windows };
}
const names = (windows: ReturnType<typeof simulatedWindows>) =>
	[...windows.processes.values()].map(({ program }) => program);

it("boots, is idempotent, and stops everything, the child of a shim too", async () => {
	const { ports, windows } = await huihuang();
	const { services } = await boot(ports, []);
	expect(services.map(({ service, outcome }) => [service, outcome])).toEqual([
		["temporal", "started"],
		["store", "started"],
		["api", "started"],
	]);
	expect(windows.elapsedMs()).toBeLessThan(10_000);
	expect(names(windows).toSorted()).toEqual(["MinIO.exe", "api.exe", "cmd.exe", "temporal.exe"]);
	expect(windows.told.map(({ file, args }) => [file, ...args])).toEqual([
		["C:\\tools\\temporal.CMD", "server", "start-dev"],
		["C:\\cres\\api.exe"],
	]);
	expect((await boot(ports, [])).services.map(({ outcome }) => outcome)).toEqual([
		"untouched",
		"untouched",
		"untouched",
	]);
	expect((await status(ports, [])).services.map(({ startedBy }) => startedBy)).toEqual(["cres", "cres", "cres"]);
	const stopped = await stop(ports, []);
	expect(stopped.services.map(({ service, outcome, detail }) => [service, outcome, detail])).toEqual([
		["api", "stopped", ""],
		["store", "stopped", ""],
		["temporal", "stopped", ""],
	]);
	expect(names(windows)).toEqual([]);
	expect(windows.ran.filter((line) => /taskkill|\bsh\b|\/bin\//.test(line))).toEqual([]);
});

it("tells a program of ours to end, and ends what does not in its time or waits for no word", async () => {
	const behaviours = { ...BEHAVIOURS, api: { ...BEHAVIOURS["api"], endsInMs: 5_000 } };
	const { ports, windows } = await huihuang(behaviours);
	await boot(ports, []);
	const before = windows.elapsedMs();
	expect((await stop(ports, ["api"])).services).toMatchObject([{ service: "api", outcome: "stopped" }]);
	expect(windows.elapsedMs() - before).toBeGreaterThanOrEqual(5_000);
	expect(windows.stops).toEqual(["told api.exe"]);
	await stop(ports, ["temporal"]);
	expect(windows.stops.slice(1)).toEqual(["asked cmd.exe", "asked temporal.exe"]);
	const deaf = await huihuang({ ...BEHAVIOURS, api: { ...BEHAVIOURS["api"], endsInMs: 60_000 } });
	await boot(deaf.ports, []);
	await stop(deaf.ports, ["api"]);
	expect(deaf.windows.stops).toEqual(["told api.exe", "killed api.exe"]);
	expect(names(deaf.windows)).not.toContain("api.exe");
});

it("leaves a service of Windows alone that was running already, also when it stops", async () => {
	const { ports, windows } = await huihuang();
	windows.services.set("MinIO", { State: "Running", ProcessId: windows.foreign("MinIO") });
	await ports.clock.sleep(1_000);
	expect((await boot(ports, [])).services[1]).toMatchObject({ service: "store", outcome: "untouched" });
	expect((await stop(ports, ["store"])).services[0]).toMatchObject({
		outcome: "left",
		detail: "cres did not start it",
	});
	expect(names(windows)).toContain("MinIO.exe");
});

it("gives up a service that does not stop in the time that it says, however long each look takes", async () => {
	const { ports, windows } = await huihuang();
	await boot(ports, ["store"]);
	const now = performance.now.bind(performance);
	let late = 0;
	vi.spyOn(performance, "now").mockImplementation(() => now() + (late += 2_000));
	const before = windows.ran.length;
	const shell: ControlPorts["shell"] = {
		run: (file, args) =>
			args[0] === "stop" ? Promise.resolve({ exitCode: 0, stdout: "", stderr: "" }) : ports.shell.run(file, args),
	};
	expect((await stop({ ...ports, shell }, ["store"])).services[0]).toMatchObject({
		outcome: "failed",
		detail: "the Windows service MinIO does not stop in 60 s; run the command again",
	});
	expect(windows.ran.length - before).toBeLessThan(60_000 / 2_000 + 5);
});

it("names the stranger on a port by Get-NetTCPConnection", async () => {
	const { ports, windows } = await huihuang({ ...BEHAVIOURS, old: { ports: [8000], status: 404 } });
	const pid = windows.foreign("old");
	const { services } = await boot(ports, []);
	expect(services[2]!.error!.message).toBe(`port 8000 of api is held by old (pid ${pid}), which is not healthy as api`);
	expect(names(windows)).toContain("old.exe");
});

it("tells the exit code of a program that ends at once", async () => {
	const { ports } = await huihuang({ ...BEHAVIOURS, api: { exit: -1073741515 } });
	expect((await boot(ports, [])).services[2]).toMatchObject({ outcome: "failed", exit: "exit -1073741515" });
});

it("does not end a process that has the pid of a record but another start", async () => {
	const { ports, record, windows } = await huihuang();
	const pid = windows.foreign("someone");
	await mkdir(dirname(record("api")), { recursive: true });
	await writeFile(
		record("api"),
		JSON.stringify({ version: 1, pid, startedAt: "2020-01-01T00:00:00.0000000Z", program: "api" }),
	);
	expect((await stop(ports, ["api"])).services[0]).toMatchObject({ outcome: "was-stopped" });
	expect(names(windows)).toEqual(["someone.exe"]);
});

it("says what is wrong with a service that Windows does not have, and off Windows", async () => {
	const { ports, windows } = await huihuang();
	windows.services.clear();
	expect((await boot(ports, ["store"])).services[0]!.error!.message).toBe(
		"store cannot be started: Windows has no service MinIO",
	);
	const linux = await boot({ ...ports, platform: "linux" }, ["store"]);
	expect(linux.services[0]!.error!.message).toBe("store is a Windows service, and this is linux");
});

it("takes no process for a child that is older than its parent", () => {
	const rows = [
		{ ProcessId: 8, ParentProcessId: 4, Started: "2026-11-29T10:00:00.0000000Z", Name: "cmd.exe" },
		{ ProcessId: 12, ParentProcessId: 8, Started: "2026-11-29T10:00:01.0000000Z", Name: "temporal.exe" },
		{ ProcessId: 16, ParentProcessId: 12, Started: "2026-11-29T10:00:02.0000000Z", Name: "ui.exe" },
		{ ProcessId: 20, ParentProcessId: 8, Started: "2026-11-28T10:00:00.0000000Z", Name: "orphan.exe" },
	];
	expect(descendants(rows, 8).map(({ pid }) => pid)).toEqual([16, 12]);
	expect(descendants(rows, 24)).toEqual([]);
});

it("reads cres.yaml and .env with CRLF", async () => {
	const { root } = await huihuang();
	const { loadConfig } = await import("../../src/config/load.ts");
	const text =
		"project: video\r\nimage: { repository: o/w }\r\nregistry: { push: { address: ghcr.io } }\r\ntemporal: { address: '127.0.0.1:7233' }\r\nstore: { endpoint: '127.0.0.1:9000' }\r\ncontrol:\r\n  services:\r\n    temporal:\r\n      command: [temporal]\r\n      wait: 9s\r\n";
	await writeFile(join(root, "cres.yaml"), text);
	const { control } = await loadConfig({ directory: root, environment: {} });
	expect(control.services["temporal"]).toMatchObject({ command: ["temporal"], wait: 9_000 });
	expect(powershellString("O'Neil")).toBe("'O''Neil'");
	expect(powershellString("C:\\Ann’s; ‘a‚ ‛b")).toBe("'C:\\Ann’’s; ‘‘a‚‚ ‛‛b'");
});
