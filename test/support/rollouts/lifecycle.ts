import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { changeLife } from "../../../src/rollout/lifecycle.ts";
import { claimOf } from "../../../src/state/claim.ts";
import { localLeaseHolder } from "../../../src/state/leases.ts";
import { block, deployFirst, faultOf, recordsOf, type Bench } from "./bench.ts";

/** `cres stop`, `start` and `restart`. */
export function describeLifecycle(bench: () => Bench): void {
	const change = (action: "stop" | "start" | "restart") => changeLife(bench().host.ports(bench().name), action);
	const journal = async () => {
		const records = await bench().host.journal(bench().name);
		return records.map((record) =>
			record.event === "begin" ? record.purpose : record.event === "end" ? record.outcome : record.event,
		);
	};

	describe("stop, start and restart", () => {
		it("change what runs, under the lease, and journal it", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await world.clock.sleep(1000);
			expect(await change("stop")).toEqual({
				instance: name,
				action: "stop",
				changed: true,
				buildId: builds.first,
				running: false,
				pollers: [],
			});
			expect(await world.running(name)).toEqual([]);
			expect(await journal()).toEqual(["stop", "done"]);
			await world.clock.sleep(1000);
			expect(await change("start")).toMatchObject({ action: "start", changed: true, running: true });
			expect(await world.running(name)).toEqual([builds.first]);
			await world.clock.sleep(1000);
			expect(await change("restart")).toMatchObject({ action: "restart", changed: true, running: true });
			expect(await journal()).toEqual(["restart", "done"]);
			expect(host.watched.calls).toEqual(Array(3).fill(["take the lease", "give the lease back"]).flat());
			expect((await host.journal(name))[0]).toMatchObject({ owner: claimOf("", world.clock).owner });
			expect(await host.journalFile(name)).toMatch(/-\d+\.jsonl$/);
			expect(await host.releases(name)).toHaveLength(1);
		});

		it("leave an entry of what was changed, by whom and how it is undone", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			await change("start");
			expect((await recordsOf(host, name)).entries).toEqual([`Deploy ${name} to ${builds.first}`]);
			await change("stop");
			const plan = await host.plan();
			expect((await recordsOf(host, name)).entries[0]).toBe(`Stop ${name}`);
			expect(plan).toMatch(/^- By: \S+@\S+$/m);
			expect(plan).toContain(`${name}: \`${builds.first}\` is stopped`);
			expect(plan).toContain(`1. \`cres start ${name}\``);
		});

		it("that are done say so, although the end of the journal cannot be written", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await world.clock.sleep(1000);
			const ports = host.ports(name);
			const changing: typeof ports.instance.changeLife = async (...of) => {
				const changed = await ports.instance.changeLife(...of);
				await block(await host.journalFile(name));
				return changed;
			};
			const instance = { ...ports.instance, changeLife: changing };
			expect(await changeLife({ ...ports, instance }, "stop")).toMatchObject({ action: "stop", changed: true });
			expect(await world.running(name)).toEqual([]);
			const told = host.notes.filter((note) => note.startsWith("the journal cannot be written: "));
			expect(told).toEqual([expect.stringContaining(await host.journalFile(name))]);
			expect(await host.plan()).toContain(`${name}: \`${builds.first}\` is stopped`);
			expect(await host.plan()).not.toContain("begun and not finished");
		});

		it("say that nothing was to be done", async () => {
			await deployFirst(bench());
			expect(await change("start")).toMatchObject({ changed: false, running: true });
		});

		it("are refused where nothing is deployed, and journal nothing as begun", async () => {
			const { host, name, world } = bench();
			expect(await faultOf(change("start"))).toMatchObject({ code: "nothing_deployed" });
			expect((await host.journal(name)).filter(({ event }) => event === "begin")).toEqual([]);
			expect(await host.open(name).lease.holder()).toBeUndefined();
			expect(await localLeaseHolder(host.config.state, name, world.clock)).toBeUndefined();
		});

		it("are refused while somebody else has the lease", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const claim = { ...claimOf("deploy", world.clock), owner: "ci@runner", host: "runner", pid: 7 };
			await host.open(name).lease.take(claim);
			expect(await faultOf(change("stop"))).toMatchObject({ code: "lease_held", exit: 75 });
			expect(await world.running(name)).toEqual([builds.first]);
		});

		it("are ended by Ctrl-C", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await world.clock.sleep(1000);
			const interrupt = new AbortController();
			interrupt.abort(new UserError("interrupted", "^C"));
			world.spoil(builds.first, "never-polls");
			const fault = await faultOf(changeLife(host.ports(name, interrupt.signal), "restart"));
			expect(fault).toMatchObject({ code: "interrupted", exit: 130 });
			expect((await recordsOf(host, name)).entries[0]).toBe(`Restart ${name} was interrupted`);
			expect(await journal()).toEqual(["restart", "failed"]);
		});

		it("that fail end their journal, and give the lease back", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await world.clock.sleep(1000);
			world.spoil(builds.first, "never-polls");
			expect(await faultOf(change("restart"))).toMatchObject({ code: "never_polled" });
			expect(await journal()).toEqual(["restart", "failed"]);
			expect((await recordsOf(host, name)).entries[0]).toBe(`Restart ${name} failed`);
			expect(await host.plan()).toContain("`never_polled`: ");
			expect(await host.open(name).lease.holder()).toBeUndefined();
			expect((await host.status(name))[0]!.verdict).toBe("not-polling");
		});
	});
}
