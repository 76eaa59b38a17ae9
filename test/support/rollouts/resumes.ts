import { describe, expect, it } from "vitest";
import { atIndex, deployFirst, forget, type Bench } from "./bench.ts";
import type { ControlHost } from "./control-host.ts";
import { killed } from "./interventions.ts";

/** Rolls until the step is reached, and is heard of no more. */
async function rollAndDie(host: ControlHost, name: string, buildId: string, index: number, moment: "before" | "after") {
	const { promise: reached, resolve } = Promise.withResolvers<void>();
	const die = () => {
		resolve();
		return killed();
	};
	host.watched.interventions = [{ at: atIndex(index), [moment]: die }];
	void host.deploy(name, buildId);
	await reached;
	host.watched.open = 0; // the process is gone, and with it what it had opened
	await host.abandonLease(name);
}

/** A rollout that was killed at any instant goes on by the same command. */
export function describeResumes(bench: () => Bench): void {
	describe("a rollout that was killed", () => {
		it.each(["before", "after"] as const)(
			"%s any step goes on by the same command, and says what it found",
			async (moment) => {
				const { host, name, builds, world } = bench();
				await deployFirst(bench());
				const { plan } = await host.deploy(name, builds.second, { dryRun: true });
				for (const [index, { kind }] of plan.entries()) {
					await host.deploy(name, builds.first);
					forget(host);
					await world.clock.sleep(1000);
					await rollAndDie(host, name, builds.second, index, moment);
					const [row] = await host.status(name);
					expect(row, kind).toMatchObject({
						verdict: "interrupted",
						fix: `cres deploy ${name}`,
						interrupted: { last: `step ${kind}` },
					});
					expect(row!.detail).toContain(`was interrupted at "step ${kind}"`);
					forget(host);
					await world.clock.sleep(1000);
					const again = await host.deploy(name, builds.second);
					expect(again.outcome, `${moment} ${kind}`).toBe("live");
					const told = host.notes.filter((note) => note.includes("was interrupted at"));
					expect(told).toEqual([
						`rollout ${row!.interrupted!.id} was interrupted at "step ${kind}"; what it left is cleared when this one is live`,
					]);
					expect(await world.running(name), `${moment} ${kind}`).toEqual([builds.second]);
					expect((await host.releases(name)).at(-1)).toMatchObject({ buildId: builds.second, outcome: "live" });
					expect((await host.status(name))[0]).toMatchObject({
						verdict: "ok",
						interrupted: null,
						wanted: { buildId: builds.second },
					});
				}
			},
		);

		it("on the first deploy of all goes on by the same command", async () => {
			const { host, name, builds, world } = bench();
			const { plan } = await host.deploy(name, builds.first, { dryRun: true });
			forget(host);
			await rollAndDie(
				host,
				name,
				builds.first,
				plan.findLastIndex(({ phase }) => phase === "prove"),
				"after",
			);
			forget(host);
			await world.clock.sleep(1000);
			expect((await host.deploy(name, builds.first)).outcome).toBe("live");
			expect(await world.running(name)).toEqual([builds.first]);
			expect((await host.releases(name)).map(({ buildId }) => buildId)).toEqual([builds.first]);
			expect((await host.status(name))[0]).toMatchObject({ verdict: "ok", interrupted: null });
		});

		it("and goes on failing brings the release before back", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			world.spoil(builds.second, "never-polls");
			await rollAndDie(host, name, builds.second, 2, "before");
			forget(host);
			await world.clock.sleep(1000);
			expect(await host.deploy(name, builds.second)).toMatchObject({
				outcome: "rolled-back",
				previous: { buildId: builds.first },
			});
			expect(await world.running(name)).toContain(builds.first);
		});

		it("can be given up for another release", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await rollAndDie(host, name, builds.second, 2, "before");
			forget(host);
			await world.clock.sleep(1000);
			expect((await host.deploy(name, builds.third)).outcome).toBe("live");
			expect(await world.running(name)).toEqual([builds.third]);
		});
	});
}
