import { expect, it } from "vitest";
import { controlChecks } from "../../../src/checks/doctor/control.ts";
import type { ServiceRow } from "../../../src/control/observe.ts";
import { controlWorld } from "../../support/control-world.ts";

const { signal } = new AbortController();
const SERVICES = {
	temporal: { command: ["temporal"] },
	store: { external: true },
	api: { command: ["api"], ready: { tcp: "127.0.0.1:8000" } },
	web: { command: ["web"], ready: { tcp: "127.0.0.1:8001" } },
};
const row = (service: string, state: ServiceRow["state"], more: Partial<ServiceRow> = {}): ServiceRow => ({
	...{ service, state, origin: "command", startedBy: null, pid: null, at: "here", detail: "said so", log: null },
	...more,
});

it("names what is missing of each service, with what to type", async () => {
	const { ports } = await controlWorld(SERVICES);
	const rows = [
		row("temporal", "ready", { startedBy: "cres" }),
		row("store", "unready", { origin: "external" }),
		row("api", "held", { detail: "port 8000 is held by old (pid 7)" }),
		row("web", "unready", { log: "/log/web.log" }),
	];
	const controlService = async (name: string) => rows.find(({ service }) => service === name)!;
	const checks = controlChecks({ config: ports.config, controlService, controlInstall: async () => undefined });
	const verdicts = await Promise.all(checks.map(async ({ name, run }) => ({ name, ...(await run(signal)) })));
	expect(verdicts).toEqual([
		{ name: "control temporal", status: "ok", observed: "here said so, started by cres" },
		{
			...{ name: "control store", status: "fail", observed: "here: said so" },
			fix: "start it where it runs: it is external in cres.yaml",
		},
		{
			...{ name: "control api", status: "fail", observed: "port 8000 is held by old (pid 7)" },
			fix: "end that program, then cres control boot api",
		},
		{
			...{ name: "control web", status: "fail", observed: "unready: said so; its log: /log/web.log" },
			fix: "cres control boot web",
		},
		{
			...{ name: "control at start-up", status: "warn", observed: "nothing starts the control plane after a restart" },
			fix: "cres control install --dry-run",
		},
	]);
});

it("I-025: fails where what starts at start-up would not", async () => {
	const { ports } = await controlWorld({ temporal: { command: ["temporal"] } });
	const look = async (problems: string[]) => {
		const controlInstall = async () => ({ name: "CRES-ControlPlane-Boot", problems });
		const [, boot] = controlChecks({
			config: ports.config,
			controlService: async (name: string) => row(name, "ready"),
			controlInstall,
		});
		return boot!.run(signal);
	};
	expect(await look([])).toEqual({ status: "ok", observed: "CRES-ControlPlane-Boot starts it" });
	expect(await look(["it runs C:\\gone.js, which is gone"])).toMatchObject({ status: "fail" });
});

it("looks at nothing where cres.yaml starts nothing", async () => {
	const none = { controlService: async (name: string) => row(name, "ready"), controlInstall: async () => undefined };
	const { ports } = await controlWorld({});
	expect(controlChecks({ config: ports.config, ...none })).toEqual([]);
	const external = await controlWorld({ temporal: { external: true } });
	expect(controlChecks({ config: external.ports.config, ...none }).map(({ name }) => name)).toEqual([
		"control temporal",
	]);
});
