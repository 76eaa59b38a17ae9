import { describe, expect, it, vi } from "vitest";
import { claimOf } from "../../../src/state/claim.ts";
import { breakLocalLease, localLeaseHolder } from "../../../src/state/leases.ts";
import { atIndex, deployFirst, faultOf, forget, inPhase, recordsOf, stepsToSecond, type Bench } from "./bench.ts";
import { untilAborted } from "./interventions.ts";

/** An answer of the instance is believed for that long between two steps. */
const FRESH_MS = 2_000;

/** One may change an instance at a time, and whoever loses that right stops. */
export function describeLeases(bench: () => Bench): void {
	describe("a rollout that loses its lease", () => {
		it("to another control host stops before the next step, and does not go back", async () => {
			const { host, other, name, builds, world } = bench();
			await deployFirst(bench());
			const steps = await stepsToSecond(bench());
			const start = steps.findIndex(({ phase }) => phase === "swap");
			host.watched.interventions = [
				{
					at: atIndex(start),
					async after() {
						await other.open(name).lease.break();
						await world.clock.sleep(FRESH_MS);
					},
				},
			];
			const fault = await faultOf(host.deploy(name, builds.second));
			expect(fault).toMatchObject({ code: "lease_lost", exit: 75, hint: "cres status, then run the command again" });
			expect(fault.message).toContain(`the lease of ${name} was lost`);
			expect(host.watched.performed).toHaveLength(start + 1);
			expect(host.watched.calls).not.toContain("revert");
			expect(await world.running(name)).toContain(builds.second);
			expect(await recordsOf(host, name)).toMatchObject({ releases: [`${builds.first} live`], end: undefined });
		});

		it("to a holder of another clone names that one, and leaves its lease alone", async () => {
			const { host, other, name, builds, world } = bench();
			await deployFirst(bench());
			host.watched.interventions = [
				{
					at: inPhase("prepare"),
					async after() {
						const { lease } = other.open(name);
						await lease.break();
						await lease.take({ ...claimOf("rollback", world.clock), owner: "ci@runner", host: "runner", pid: 7 });
						await world.clock.sleep(FRESH_MS);
					},
				},
			];
			const fault = await faultOf(host.deploy(name, builds.second));
			expect(fault.message).toContain(`the lease of ${name} was lost to ci@runner (pid 7): rollback`);
			expect(await other.open(name).lease.holder()).toMatchObject({ owner: "ci@runner" });
			expect(await localLeaseHolder(host.config.state, name, world.clock)).toBeUndefined();
			expect(await world.running(name)).toEqual([builds.first]);
		});

		it("in its own state directory stops as well", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const after = async () => void (await breakLocalLease(host.config.state, name));
			host.watched.interventions = [{ at: inPhase("prepare"), after }];
			expect(await faultOf(host.deploy(name, builds.second))).toMatchObject({ code: "lease_lost", exit: 75 });
			expect(host.watched.performed.every(({ phase }) => phase === "prepare")).toBe(true);
			expect(await world.running(name)).toEqual([builds.first]);
		});

		it("in its last step does not call the release live", async () => {
			const { host, other, name, builds } = bench();
			await deployFirst(bench());
			const last = (await stepsToSecond(bench())).length - 1;
			const after = async () => void (await other.open(name).lease.break());
			host.watched.interventions = [{ at: atIndex(last), after }];
			expect(await faultOf(host.deploy(name, builds.second))).toMatchObject({ code: "lease_lost", exit: 75 });
			expect(host.watched.calls).not.toContain("revert");
			expect((await recordsOf(host, name)).releases).toEqual([`${builds.first} live`]);
		});
	});

	describe("the lease", () => {
		it("is held in both places while a rollout goes on, and given back after it", async () => {
			const { host, other, name, builds, world } = bench();
			let holders: unknown[] = [];
			const local = () => localLeaseHolder(host.config.state, name, world.clock);
			const here = claimOf("deploy", world.clock);
			const before = async () => void (holders = [await local(), await other.open(name).lease.holder()]);
			host.watched.interventions = [{ at: inPhase("swap"), before }];
			await host.deploy(name, builds.first);
			const mine = { owner: here.owner, pid: here.pid, purpose: "deploy" };
			expect(holders).toMatchObject([mine, mine]);
			expect([await local(), await other.open(name).lease.holder()]).toEqual([undefined, undefined]);
		});

		it("is given back when the other place refuses it", async () => {
			const { host, name, builds, world } = bench();
			const claim = { owner: "ci@runner", host: "runner", pid: 7, purpose: "deploy", since: world.clock.now() };
			const held = await host.open(name).lease.take(claim);
			await faultOf(host.deploy(name, builds.first));
			expect(await localLeaseHolder(host.config.state, name, world.clock)).toBeUndefined();
			await held.release();
			expect((await host.deploy(name, builds.first)).outcome).toBe("live");
		});

		it("of a process that is gone is taken over", async () => {
			const { host, name, builds, world } = bench();
			await host.open(name).lease.take({ ...claimOf("deploy", world.clock), pid: 2 ** 22 - 1, started: "0" });
			expect((await host.deploy(name, builds.first)).outcome).toBe("live");
		});

		it("has a higher token each time, whichever control host takes it", async () => {
			const { host, other, name, builds } = bench();
			await host.deploy(name, builds.first);
			await other.deploy(name, builds.second);
			await host.deploy(name, builds.third);
			const [[first, third], [second]] = [await host.releases(name), await other.releases(name)];
			expect(first!.fence).toBeLessThan(second!.fence!);
			expect(second!.fence).toBeLessThan(third!.fence!);
		});

		it("says on both sides that it is a rollback, or a replacement", async () => {
			const { host, other, name, builds, world } = bench();
			await deployFirst(bench());
			const purposes: (string | undefined)[] = [];
			const before = async () => {
				purposes.push((await other.open(name).lease.holder())?.purpose);
				purposes.push((await localLeaseHolder(host.config.state, name, world.clock))?.purpose);
			};
			host.watched.interventions = [{ at: inPhase("prepare"), before }];
			await host.deploy(name, builds.second, { purpose: "rollback" });
			expect(purposes).toEqual(["rollback", "rollback"]);
			expect((await host.journal(name))[0]).toMatchObject({ event: "begin", purpose: "rollback" });
			forget(host);
		});

		it("ends a step that is at work when it is lost", async () => {
			const { host, other, name, builds, world } = bench();
			await deployFirst(bench());
			vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
			const before = async (call: { signal: AbortSignal }) => {
				await other.open(name).lease.break();
				await Promise.all([untilAborted(call), vi.advanceTimersByTimeAsync(60_000)]);
			};
			host.watched.interventions = [{ at: inPhase("prove"), before }];
			const fault = await faultOf(host.deploy(name, builds.second)).finally(() => vi.useRealTimers());
			expect(fault).toMatchObject({ code: "lease_lost" });
			expect(host.watched.calls).not.toContain("revert");
			expect(await world.running(name)).toContain(builds.second);
		});
	});
}
