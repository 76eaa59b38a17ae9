import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { atIndex, deployFirst, faultOf, forget, inPhase, recordsOf, stepsToSecond, type Bench } from "./bench.ts";
import { fails } from "./interventions.ts";

const broken = () => new UserError("docker_failed", "the daemon gave up", { hint: "look at its log" });

/** What becomes of a rollout that does not succeed. */
export function describeFailures(bench: () => Bench): void {
	describe("a rollout that fails", () => {
		it("at any step leaves what ran before, running and polling, and says so in every record", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const steps = await stepsToSecond(bench());
			const started = steps.findIndex(({ phase }) => phase !== "prepare");
			for (let index = started; index < steps.length; index++) {
				forget(host);
				await world.clock.sleep(1000);
				host.watched.interventions = [{ at: atIndex(index), after: fails(broken()) }];
				const rollout = await host.deploy(name, builds.second);
				const { kind } = steps[index]!;
				expect(rollout, kind).toMatchObject({
					outcome: "rolled-back",
					undo: null,
					previous: { buildId: builds.first },
				});
				expect(rollout.failure).toEqual({
					code: "docker_failed",
					message: "the daemon gave up",
					hint: "look at its log",
				});
				expect(rollout.steps.map((step) => step.kind)).toEqual([
					...steps.slice(0, index).map((step) => step.kind),
					"revert",
				]);
				expect(new Set(rollout.pollers.map(({ buildId }) => buildId)), kind).toEqual(new Set([builds.first]));
				expect(await world.running(name), kind).toEqual([builds.first]);
				const { releases, end, entries } = await recordsOf(host, name);
				expect([releases.at(-1), end]).toEqual([`${builds.second} rolled-back`, "rolled-back"]);
				expect(entries[0]).toBe(`Deploy ${name} to ${builds.second} failed`);
				const journal = (await host.journal(name)).map(({ at: _at, ...event }) => event);
				expect(journal.filter(({ event }) => event !== "log").slice(-5)).toEqual([
					{ event: "step", kind, title: steps[index]!.title, phase: steps[index]!.phase },
					{ event: "failed", kind, code: "docker_failed", message: "the daemon gave up" },
					{ event: "step", kind: "revert", title: "go back to the release before", phase: "swap" },
					{ event: "done", kind: "revert", ms: rollout.steps.at(-1)!.ms },
					{ event: "end", outcome: "rolled-back" },
				]);
				expect(rollout.steps.at(-1)!.ms).toBeLessThanOrEqual(rollout.durationMs);
				expect(await host.open(name).lease.holder()).toBeUndefined();
			}
			expect(await host.plan()).toContain("`docker_failed`: the daemon gave up");
			expect(await host.plan()).toContain(`went back to \`${builds.first}\`, which polls again`);
		});

		it("before it has changed anything is the error itself, and no release", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			host.watched.interventions = [{ at: inPhase("prepare"), after: fails(broken()) }];
			expect(await faultOf(host.deploy(name, builds.second))).toMatchObject({ code: "docker_failed", exit: 1 });
			expect(host.watched.calls).not.toContain("revert");
			expect(await world.running(name)).toEqual([builds.first]);
			expect(await recordsOf(host, name)).toMatchObject({ releases: [`${builds.first} live`], end: "failed" });
		});

		it("where nothing ran before leaves nothing", async () => {
			const { host, name, builds, world } = bench();
			world.spoil(builds.first, "never-polls");
			const rollout = await host.deploy(name, builds.first);
			expect(rollout).toMatchObject({
				outcome: "failed",
				failure: { code: "never_polled" },
				previous: null,
				pollers: [],
			});
			expect(await world.running(name)).toEqual([]);
			expect(await recordsOf(host, name)).toMatchObject({
				releases: [`${builds.first} rolled-back`],
				end: "rolled-back",
				entries: [`Deploy ${name} to ${builds.first} failed`],
			});
			expect(await host.plan()).toContain("the new container was removed");
			expect(await host.plan()).toContain("1. Nothing to undo: nothing runs, as before.");
		});

		it.each([
			["never-polls", "never_polled"],
			["dies", "container_died"],
			["restarts", "container_died"],
		] as const)("because the new build %s goes back with its last log lines", async (defect, code) => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			world.spoil(builds.second, defect);
			const rollout = await host.deploy(name, builds.second);
			expect(rollout).toMatchObject({ outcome: "rolled-back", failure: { code } });
			expect(rollout.logTail.length).toBeGreaterThan(0);
			expect(await world.running(name)).toEqual([builds.first]);
			world.spoil(builds.second, undefined);
			expect((await host.deploy(name, builds.second)).outcome).toBe("live");
		});

		it("removes on its way back only what it made itself", async () => {
			const { host, other, name, builds, world } = bench();
			await deployFirst(bench());
			host.watched.interventions = [
				{
					at: inPhase("prove"),
					async before() {
						await other.open(name).lease.break();
						other.watched.interventions = [{ at: inPhase("cleanup"), before: fails(broken()) }];
						await other.deploy(name, builds.third);
						throw broken();
					},
				},
			];
			await host.deploy(name, builds.second).catch(() => {});
			expect(await world.running(name)).toContain(builds.third);
		});

		it("and cannot be brought back says both reasons and what to do", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			host.watched.interventions = [{ at: inPhase("prove"), after: fails(broken()) }];
			host.watched.beforeRevert = fails(new UserError("docker_failed", "nobody answers", { hint: "mend the line" }));
			const fault = await faultOf(host.deploy(name, builds.second));
			expect(fault).toEqual({
				...{ code: "revert_failed", exit: 1, hint: "mend the line" },
				message: `the daemon gave up; and ${name} could not be brought back: nobody answers`,
			});
			const { entries, ...records } = await recordsOf(host, name);
			expect(records).toEqual({ releases: [`${builds.first} live`], end: undefined });
			expect(entries[0]).toBe(`Deploy ${name} to ${builds.second} failed, and so did going back`);
		});

		it("and cannot be brought back for the same reason says it once", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			host.watched.interventions = [{ at: inPhase("prove"), after: fails(new Error("the line is cut")) }];
			host.watched.beforeRevert = fails(new Error("the line is cut"));
			expect(await faultOf(host.deploy(name, builds.second))).toMatchObject({
				message: `the line is cut; and ${name} could not be brought back`,
				hint: `cres status, then cres rollback ${name}`,
			});
		});

		it("and cannot be taken away again, where nothing ran before, is to be stopped", async () => {
			const { host, name, builds } = bench();
			host.watched.interventions = [{ at: inPhase("prove"), after: fails(broken()) }];
			host.watched.beforeRevert = fails(new Error("the line is cut"));
			expect((await faultOf(host.deploy(name, builds.first))).hint).toBe(`cres status, then cres stop ${name}`);
			expect(await host.plan()).toContain(`2. \`cres stop ${name}\``);
		});

		it("by a bug goes back, ends its journal, and throws the bug", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const bug = new TypeError("undefined is not a function");
			host.watched.interventions = [{ at: inPhase("prove"), after: fails(bug) }];
			await expect(host.deploy(name, builds.second)).rejects.toBe(bug);
			expect(await world.running(name)).toEqual([builds.first]);
			expect(await recordsOf(host, name)).toMatchObject({ releases: [`${builds.first} live`], end: "failed" });
			const failed = (await host.journal(name)).find(({ event }) => event === "failed");
			expect(failed).toMatchObject({ code: "unknown", message: bug.message });
		});

		it("by a fault of this machine is a failure like every other", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			const full = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", path: "/tmp/x" });
			host.watched.interventions = [{ at: inPhase("prove"), after: fails(full) }];
			const rollout = await host.deploy(name, builds.second);
			expect(rollout).toMatchObject({ outcome: "rolled-back", failure: { code: "local_disk_full" } });
			expect(rollout.failure!.message).toContain("/tmp/x");
		});
	});

	describe("a cleanup that fails", () => {
		it("leaves the release live, says what is left, and does the rest", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			host.watched.interventions = [{ at: inPhase("cleanup"), before: fails(broken()) }];
			const rollout = await host.deploy(name, builds.second);
			const cleanups = rollout.plan.filter(({ phase }) => phase === "cleanup");
			expect(cleanups.length).toBeGreaterThan(0);
			expect(rollout.outcome).toBe("live");
			for (const { kind } of cleanups)
				expect(host.notes).toContain(`${kind}: the daemon gave up; the next deploy tries again`);
			expect(await world.running(name)).toEqual([builds.second]);
			expect(await recordsOf(host, name)).toMatchObject({
				end: "live",
				releases: [`${builds.first} live`, `${builds.second} live`],
			});
		});

		it("goes on after Ctrl-C, for the release is live by then", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			const interrupt = new AbortController();
			host.watched.interventions = [
				{ at: inPhase("cleanup"), before: () => interrupt.abort(new UserError("interrupted", "^C")) },
			];
			const rollout = await host.deploy(name, builds.second, { signal: interrupt.signal });
			expect(rollout.outcome).toBe("live");
			expect(rollout.steps.map(({ kind }) => kind)).toEqual(rollout.plan.map(({ kind }) => kind));
		});
	});
}
