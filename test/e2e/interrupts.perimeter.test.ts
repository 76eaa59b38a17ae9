import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { forwarderTo } from "../support/forwarder.ts";
import { sending, settingsFor, writeSettings } from "../support/cres.ts";
import { makeDeployable, succeed, variable, type Deployable } from "../support/deployable.ts";

const perimeter = inject("perimeter");
const NAME = "e2e-interrupts";

let project: Deployable;
const configure = (env: Record<string, string>) =>
	writeSettings(project.directory, { ...settingsFor(perimeter, NAME), env });
const plan = () => readFile(join(project.directory, "docs", "PLAN.md"), "utf8");

beforeAll(async () => {
	project = await makeDeployable(perimeter, NAME);
	await succeed(project.cres("deploy", NAME));
});
afterAll(() => project.remove());

describe("Ctrl-C during a deploy", () => {
	it.each([
		["pull", "• pull "],
		["start", "• start a container"],
		["await-pollers", "• wait until the new build polls"],
		["watch", "• watch the new container"],
		["drain", "• drain and stop"],
	])("at %s brings the release before back", async (step, line) => {
		await configure({ WORKER_CPU_THREADS: "2" });
		const [before, written] = [await project.only(), await plan()];
		const { exitCode, stdout, stderr } = await project.start(["deploy", NAME], sending("SIGINT", line));
		expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
		const state =
			step === "pull" ? "(nothing was changed|the release before runs again)" : "the release before runs again";
		expect(stderr).toMatch(new RegExp(`✖ interrupted: ${state}\n  → cres deploy ${NAME}\n  code: interrupted\n$`));
		expect((await project.only()).Id).toBe(before.Id);
		expect(await project.leftovers()).toEqual([]);
		const added = (await plan()).length > written.length; // an interruption that changed something has an entry
		expect([step, added]).toEqual([step, step !== "pull" || stderr.includes("the release before runs again")]);
		const { verdict, drift } = await project.status(); // what runs again was configured otherwise
		expect([verdict, drift]).toEqual(["drift", ["WORKER_CPU_THREADS"]]);
	});

	it("does no harm to the next deploy", async () => {
		await succeed(project.cres("deploy", NAME));
		expect(variable(await project.only(), "WORKER_CPU_THREADS")).toBe("2");
		expect((await project.status()).generation).toBe(2);
	});

	it("with SIGTERM exits 143", async () => {
		await configure({ WORKER_CPU_THREADS: "3" });
		const { Id } = await project.only();
		const { exitCode, stdout } = await project.start(
			["deploy", NAME, "--json"],
			sending("SIGTERM", "• wait until the new build polls"),
		);
		expect({ exitCode, error: JSON.parse(stdout).error.code }).toEqual({ exitCode: 143, error: "terminated" });
		expect((await project.only()).Id).toBe(Id);
	});
});

it.each([
	["SIGHUP", "hung_up"],
	["SIGQUIT", "terminated"],
] as const)("T10: %s in the middle of a deploy brings the release before back", async (signal, code) => {
	await configure({ WORKER_CPU_THREADS: "3" });
	const { Id } = await project.only();
	const line = "• wait until the new build polls";
	const { exitCode, stdout } = await project.start(["deploy", NAME, "--json"], sending(signal, line));
	expect({ exitCode, error: JSON.parse(stdout).error.code }).toEqual({ exitCode: 143, error: code });
	expect((await project.only()).Id).toBe(Id);
	expect(await project.leftovers()).toEqual([]);
});

describe("Ctrl-C after the connection was cut", () => {
	it("brings the release before back over a new one", async () => {
		await using forwarder = await forwarderTo(`127.0.0.1:${perimeter.instance.port}`);
		const { Id } = await project.only();
		const { instances, ...rest } = settingsFor(perimeter, NAME);
		const through = { ...instances[NAME], port: Number(forwarder.address.split(":")[1]) };
		const env = { WORKER_CPU_THREADS: "4" };
		await writeSettings(project.directory, { ...rest, env, instances: { [NAME]: through } });
		const interrupt = sending("SIGINT", "• watch the new container");
		const act = (child: ChildProcess) => {
			forwarder.drop();
			interrupt.act(child);
		};
		const { exitCode } = await project.start(["deploy", NAME], { ...interrupt, act });
		await configure({});
		expect([exitCode, (await project.only()).Id, await project.leftovers()]).toEqual([130, Id, []]);
	}, 40_000);
});

describe("a command that goes on until Ctrl-C", () => {
	it.each([
		["logs", NAME, "--follow", "--tail", "10000"], // the line with its name may be more than 100 lines ago
		["pollers", "--watch"],
	])("%s prints what it sees and exits 130", async (...args) => {
		const { exitCode, stdout, stderr } = await project.start(args, sending("SIGINT", NAME));
		expect({ exitCode, stderr }).toMatchObject({ exitCode: 130, stderr: expect.not.stringContaining("✖") });
		expect(stdout).toContain(NAME);
	});
});

describe("a deploy that is killed", () => {
	it("leaves what the next one clears, which then succeeds", async () => {
		await configure({ WORKER_CPU_THREADS: "5" });
		const { Id } = await project.only();
		await project.start(["deploy", NAME], sending("SIGKILL", "• wait until the new build polls"));
		expect(await project.containers()).toHaveLength(2);
		const { exitCode, stderr } = await project.cres("deploy", NAME);
		expect({ exitCode, stderr }).toMatchObject({
			exitCode: 0,
			stderr: expect.stringMatching(/rollout \S+ was interrupted at "step await-pollers"/),
		});
		const container = await project.only();
		expect(container.Id).not.toBe(Id);
		expect(variable(container, "WORKER_CPU_THREADS")).toBe("5");
		expect(await project.leftovers()).toEqual([]);
	});

	it("is no release to go back to: the next one that fails brings back the last good one", async () => {
		const { Id } = await project.only();
		await configure({ WORKER_CPU_THREADS: "6" });
		await project.start(["deploy", NAME], sending("SIGKILL", "• watch the new container"));
		await configure({ WORKER_CPU_THREADS: "none" });
		const { exitCode, stdout } = await project.cres("deploy", NAME);
		expect({ exitCode, stdout }).toMatchObject({ exitCode: 4 });
		expect((await project.containers()).map((container) => container.Id)).toContain(Id);
		expect(await project.leftovers()).toEqual([]);
	});

	it("leaves what a failed one does not take away: status says so, and the next good one clears it", async () => {
		expect(await project.status()).toMatchObject({ verdict: "two-containers", fix: `cres deploy ${NAME}` });
		await configure({});
		await succeed(project.cres("deploy", NAME));
		await project.only();
		expect(await project.status()).toMatchObject({ verdict: "ok" });
	});
});
