import { describe, expect, it } from "vitest";
import { renderStatus, temporalFailures } from "../../src/rollout/render-status.ts";
import { statusOf, type InstanceStatus } from "../../src/rollout/status.ts";
import { UserError } from "../../src/errors/errors.ts";
import { makeFakeWorld } from "../support/fake-world.ts";
import { makeControlHost } from "../support/rollouts/control-host.ts";

const NOW = Date.parse("2026-11-23T10:15:00.000Z");
const build = "f46a1b2c3d4e";
const ok: InstanceStatus = {
	instance: "cpu-1",
	running: { digest: "sha256:a", buildId: build, since: "2026-11-23T07:15:00.000Z" },
	wanted: { digest: "sha256:a", buildId: build },
	generation: 3,
	restarts: 0,
	pollers: [
		{ role: "cpu", type: "workflow", verdict: "LIVE" },
		{ role: "cpu", type: "activity", verdict: "BUSY" },
	],
	...{ drift: [], lease: null, interrupted: null, verdict: "ok", detail: null, fix: null },
};

describe("the status screen", () => {
	it("names the polls that are missing", () => {
		const silent: InstanceStatus = {
			...{ ...ok, verdict: "not-polling", detail: "runs, but does not poll", fix: "cres logs cpu-1" },
			pollers: [ok.pollers[0]!, { role: "cpu", type: "activity", verdict: "STALE" }],
		};
		expect(renderStatus({ instances: [silent], temporal: null }, NOW)).toBe(
			`INSTANCE  RUNNING       WANTED        GEN  SINCE    POLLERS  VERDICT
cpu-1     ${build}  ${build}  3    3 h ago  1 of 2   not-polling
cpu-1: runs, but does not poll (cpu/activity STALE)
  → cres logs cpu-1`,
		);
	});

	it("has no count of polls where nothing runs", () => {
		const stopped: InstanceStatus = { ...ok, running: null, generation: null, pollers: [], verdict: "stopped" };
		const screen = renderStatus({ instances: [stopped], temporal: null }, NOW);
		expect(screen.split("\n")[1]!.split(/ +/)).toEqual(["cpu-1", "-", build, "-", "-", "-", "stopped"]);
	});

	it("fits 80 columns with long names, and shows more on a wider screen", () => {
		const long = { ...ok, instance: "huihuang-cpu-12", verdict: "two-containers" as const };
		const narrow = renderStatus({ instances: [long], temporal: null }, NOW).split("\n");
		expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(80);
		const slim = renderStatus({ instances: [long, { ...long, verdict: "unreachable" }], temporal: null }, NOW, 20);
		expect(slim).toMatch(/ two-containers$/m);
		expect(slim).toMatch(/ unreachable$/m);
		expect(narrow[0]).toBe("INSTANCE         RUNNING       WANTED        SINCE    POLLERS  VERDICT");
		expect(renderStatus({ instances: [long], temporal: null }, NOW, 100)).toContain("GEN");
	});

	it("F15: says once that Temporal does not answer, and shows what runs everywhere", async () => {
		const world = await makeFakeWorld(["api", "worker-2", "worker-3"]);
		const host = await makeControlHost(world);
		for (const name of ["api", "worker-2"]) await host.deploy(name, world.builds.first);
		let asked = 0;
		const temporal = () => {
			asked++;
			return Promise.reject(new UserError("temporal_unreachable", "Temporal is silent", { hint: "cres doctor" }));
		};
		const ports = { config: host.config, clock: world.clock, temporal, open: async (name: string) => host.open(name) };
		const report = await statusOf(ports, ["api", "worker-2", "worker-3"]);
		expect(asked).toBe(1);
		expect(report.temporal).toEqual({
			code: "temporal_unreachable",
			message: "Temporal is silent",
			hint: "cres doctor",
		});
		expect(report.instances.map(({ verdict, running }) => [verdict, running?.buildId])).toEqual([
			["unknown", world.builds.first],
			["unknown", world.builds.first],
			["stopped", undefined],
		]);
		const screen = renderStatus(report, world.clock.now());
		expect(screen).not.toContain("Temporal is silent"); // it is told on stderr
		expect(temporalFailures(report)).toEqual([report.temporal]);
		expect(screen).toMatch(/^api +1{12} +1{12} .* unknown +unknown$/m);
		await host.remove();
	});

	it("connects again to what did not answer", async () => {
		const world = await makeFakeWorld(["api"]);
		const host = await makeControlHost(world);
		let closed = 0;
		const instance = {
			...host.open("api"),
			running: () => Promise.reject(new UserError("ssh_refused", "api does not answer")),
			close: () => void closed++,
		};
		const ports = {
			config: host.config,
			clock: world.clock,
			temporal: async () => world.temporal,
			open: async () => instance,
		};
		const { instances } = await statusOf(ports, ["api"]);
		expect([instances[0]!.verdict, closed]).toEqual(["unreachable", 1]);
		await host.remove();
	});
});
