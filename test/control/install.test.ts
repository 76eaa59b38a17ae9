import { mkdir, mkdtemp, readFile, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { install, renderInstall, uninstall } from "../../src/control/install/install.ts";
import type { InstallOptions, InstallPorts } from "../../src/control/install/install-ports.ts";
import { lookAtInstall } from "../../src/control/install/look.ts";
import { isEnabled } from "../../src/control/install/schtasks.ts";
import { TASK } from "../../src/control/install/windows.ts";
import { systemClock } from "../../src/system/clock.ts";
import { controlWorld } from "../support/control-world.ts";
import { simulatedWindows } from "../support/simulated-windows.ts";

const OPTIONS: InstallOptions = {
	...{ entry: "C:\\cres\\bin\\run.js", dryRun: false, logon: "s4u", replace: false, user: false },
};
const taskOf = (enabled: boolean) => ({
	xml: `<Task><Triggers><BootTrigger><Enabled>true</Enabled></BootTrigger></Triggers><Settings><Enabled>${enabled}</Enabled></Settings></Task>`,
	lastResult: 0,
});

async function huihuang() {
	const windows = simulatedWindows({});
	windows.tasks.set("CRES-Temporal-8233", taskOf(true));
	windows.tasks.set("CRES-MinIO-9000", taskOf(false));
	windows.tasks.set("Backup", taskOf(true));
	const { ports } = await controlWorld({});
	const install: InstallPorts = { ...windows.install, config: ports.config };
	const enabled = () => [...windows.tasks].filter(([, { xml }]) => isEnabled(xml)).map(([name]) => name);
	return { windows, ports: install, enabled, state: ports.config.state };
}

it("registers one task on Windows, disables the stale ones that were enabled, and undoes exactly that", async () => {
	const { windows, ports, enabled, state } = await huihuang();
	const report = await install(ports, OPTIONS);
	expect(report).toMatchObject({ outcome: "installed", name: TASK, kind: "task-scheduler" });
	expect(report.means).toBe("S4U: at start-up, as huihuang\\ops, logged on or not; no password is stored");
	expect(report.forbids).toMatch(/network shares .+ EFS/);
	expect(enabled()).toEqual(["Backup", TASK]);
	expect(windows.tasks.get(TASK)!.xml).toContain(
		`--config ${ports.config.file} --log-file ${join(state, "control/log/boot.log")}`,
	);
	const again = await install(ports, OPTIONS);
	expect(again.steps).toEqual([`register the task ${TASK}`]);
	expect((await uninstall(ports, false)).steps).toEqual([
		`remove the task ${TASK}`,
		"enable the task CRES-Temporal-8233",
	]);
	expect([...windows.tasks.keys()]).toEqual(["CRES-Temporal-8233", "CRES-MinIO-9000", "Backup"]);
	expect(enabled()).toEqual(["CRES-Temporal-8233", "Backup"]);
	await expect(uninstall(ports, false)).rejects.toMatchObject({ code: "control_not_installed" });
	expect(await readdir(join(state, "control"))).toEqual([]);
	expect(windows.ran.join("\n")).not.toMatch(/\/rp|password/i);
});

it("registers no boot that would be refused: of a plain server that docs/Perimeter.md does not allow", async () => {
	const { windows, ports } = await huihuang();
	const config = { ...ports.config, temporal: { ...ports.config.temporal, address: "203.0.113.7:7233" } };
	await expect(install({ ...ports, config }, OPTIONS)).rejects.toMatchObject({ code: "plain_connection" });
	expect([...windows.tasks.keys()]).not.toContain(TASK);
});

it("disables the tasks that cres.yaml names, and no others", async () => {
	const { ports, enabled } = await huihuang();
	const { config } = ports;
	const installFor = (names: string[]) =>
		install({ ...ports, config: { ...config, control: { ...config.control, disable_tasks: names } } }, OPTIONS);
	expect((await installFor([])).steps).toEqual([`register the task ${TASK}`]);
	expect((await installFor(["Backup", "Gone"])).steps.slice(1)).toEqual(["disable the task Backup"]);
	expect(enabled()).toEqual(["CRES-Temporal-8233", TASK]);
	await uninstall(ports, false);
	expect(enabled().toSorted()).toEqual(["Backup", "CRES-Temporal-8233"]);
});

it("changes nothing with --dry-run, and shows everything", async () => {
	const { windows, ports, enabled, state } = await huihuang();
	const before = structuredClone(windows.tasks);
	const report = await install(ports, { ...OPTIONS, dryRun: true, logon: "local-service" });
	expect(report.outcome).toBe("planned");
	expect(renderInstall(report)).toContain(
		"1. register the task CRES-ControlPlane-Boot\n  2. disable the task CRES-Temporal-8233",
	);
	expect(renderInstall(report)).toContain("<UserId>S-1-5-19</UserId>");
	expect(report.notes[0]).toMatch(/^icacls ".+" \/grant "\*S-1-5-19:\(OI\)\(CI\)M"/);
	expect(windows.tasks).toEqual(before);
	expect(enabled()).toEqual(["CRES-Temporal-8233", "Backup"]);
	await expect(readdir(join(state, "control"))).rejects.toMatchObject({ code: "ENOENT" });
});

it("takes no task of that name for its own, unless it may replace it; then uninstall puts it back", async () => {
	const { windows, ports } = await huihuang();
	const theirs = taskOf(true);
	windows.tasks.set(TASK, theirs);
	await expect(install(ports, OPTIONS)).rejects.toMatchObject({ code: "control_boot_taken" });
	expect(windows.tasks.get(TASK)).toBe(theirs);
	const report = await install(ports, { ...OPTIONS, replace: true });
	expect(report.steps[0]).toBe(`keep a copy of the task ${TASK} that is there`);
	await install(ports, OPTIONS);
	expect((await uninstall(ports, false)).steps[0]).toBe(`register the task ${TASK} of before again`);
	expect(windows.tasks.get(TASK)!.xml).toBe(theirs.xml);
});

it("removes no task that another program has put in its place", async () => {
	const { windows, ports } = await huihuang();
	await install(ports, OPTIONS);
	windows.tasks.set(TASK, taskOf(true));
	await expect(uninstall(ports, false)).rejects.toMatchObject({ code: "control_boot_taken" });
	windows.tasks.delete(TASK);
	expect((await uninstall(ports, false)).steps).toEqual(["enable the task CRES-Temporal-8233"]);
});

it("leaves no record of a task that Windows refuses", async () => {
	const { windows, ports } = await huihuang();
	const shell: InstallPorts["shell"] = {
		run: async (file, args) =>
			args.includes("/create")
				? { exitCode: 1, stdout: "", stderr: "ERROR: Access is denied.\r\n" }
				: windows.install.shell.run(file, args),
	};
	await expect(install({ ...ports, shell }, OPTIONS)).rejects.toMatchObject({
		code: "control_install_failed",
		message: expect.stringContaining("exits 1: ERROR: Access is denied."),
	});
	await expect(uninstall(ports, false)).rejects.toMatchObject({ code: "control_not_installed" });
});

it("I-025: sees a task whose target is gone, that is disabled, gone, or ended badly", async () => {
	const { windows, ports } = await huihuang();
	expect(await lookAtInstall(ports)).toBeUndefined();
	const node = process.execPath;
	const entry = join(dirname(ports.config.file), "run.js");
	await writeFile(entry, "");
	await install({ ...ports, node }, { ...OPTIONS, entry });
	const look = async () => (await lookAtInstall(ports))!.problems;
	expect(await look()).toEqual([]);
	windows.tasks.get(TASK)!.lastResult = 1;
	expect(await look()).toEqual(["its last run ended with 1"]);
	await install(ports, OPTIONS);
	expect(await look()).toEqual([
		"it runs C:\\Program Files\\nodejs\\node.exe, which is gone",
		"it runs C:\\cres\\bin\\run.js, which is gone",
	]);
	windows.tasks.set(TASK, taskOf(false));
	expect((await look()).at(-1)).toBe("the task is disabled");
	windows.tasks.delete(TASK);
	expect((await look()).at(-1)).toBe("the task is gone");
});

async function linux(exit: Record<string, number> = {}) {
	const folder = await mkdtemp(join(tmpdir(), "cres-units-"));
	const { ports } = await controlWorld({ api: { external: true, ready: { tcp: "127.0.0.1:1" }, wait: "30s" } });
	const ran: string[] = [];
	const install: InstallPorts = {
		config: ports.config,
		clock: systemClock,
		platform: "linux",
		node: "/usr/bin/node",
		path: "/usr/local/bin:/usr/bin",
		unitFolders: { system: join(folder, "system"), user: join(folder, "user") },
		isRoot: true,
		shell: {
			async run(file, args) {
				const line = [file, ...args].join(" ");
				ran.push(line);
				return { exitCode: exit[line] ?? 0, stdout: "", stderr: exit[line] === undefined ? "" : "no systemd here" };
			},
		},
	};
	return { ports: install, ran, unit: join(folder, "system", "cres-control-plane.service"), folder };
}

it("writes, enables and removes a unit of systemd", async () => {
	const { ports, ran, unit } = await linux();
	const options = { ...OPTIONS, entry: "/opt/cres/bin/run.js" };
	const planned = await install(ports, { ...options, dryRun: true });
	expect([planned.outcome, ran]).toEqual(["planned", []]);
	await install(ports, options);
	expect(await readFile(unit, "utf8")).toBe(planned.text);
	expect(planned.text).toContain("TimeoutStartSec=90");
	expect(ran).toEqual(["systemctl daemon-reload", "systemctl enable cres-control-plane.service"]);
	await uninstall(ports, false);
	expect(ran.slice(2)).toEqual(["systemctl disable cres-control-plane.service", "systemctl daemon-reload"]);
	await expect(readFile(unit)).rejects.toMatchObject({ code: "ENOENT" });
});

it("needs root for the system, not for the user", async () => {
	const { ports, ran, folder } = await linux();
	await expect(install({ ...ports, isRoot: false }, OPTIONS)).rejects.toMatchObject({ code: "control_install_failed" });
	const report = await install({ ...ports, isRoot: false }, { ...OPTIONS, user: true });
	expect(report.forbids).toContain("loginctl enable-linger");
	expect(ran[0]).toBe("systemctl --user daemon-reload");
	expect(await readFile(join(folder, "user", "cres-control-plane.service"), "utf8")).toContain(
		"WantedBy=default.target",
	);
	await expect(install(ports, OPTIONS)).rejects.toMatchObject({ code: "control_boot_taken" });
});

it("neither overwrites nor removes a unit that somebody wrote or changed", async () => {
	const { ports, unit } = await linux();
	await mkdir(dirname(unit), { recursive: true });
	await writeFile(unit, "[Unit]\n");
	await expect(install(ports, OPTIONS)).rejects.toMatchObject({ code: "control_boot_taken" });
	await install(ports, { ...OPTIONS, replace: true });
	await writeFile(unit, "[Unit]\n# changed\n");
	await expect(uninstall(ports, false)).rejects.toMatchObject({ code: "control_boot_taken" });
});

it("says what systemd says, and uninstall takes back what was begun", async () => {
	const { ports, unit } = await linux({ "systemctl enable cres-control-plane.service": 1 });
	await expect(install(ports, OPTIONS)).rejects.toMatchObject({
		message: "systemctl enable cres-control-plane.service exits 1: no systemd here",
	});
	await uninstall(ports, false);
	await expect(readFile(unit)).rejects.toMatchObject({ code: "ENOENT" });
});

it("knows no other system", async () => {
	const { ports } = await linux();
	const mac = install({ ...ports, platform: "darwin" }, OPTIONS);
	await expect(mac).rejects.toMatchObject({ code: "control_install_unsupported" });
});
