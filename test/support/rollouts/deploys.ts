import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { deployFirst, forget, recordsOf, type Bench } from "./bench.ts";

/** What a deploy does when nothing goes wrong. */
export function describeDeploys(bench: () => Bench): void {
	describe("a deploy", () => {
		it("observes, checks, plans, takes the lease, does the steps and gives the lease back, in this order", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			const { plan } = await host.deploy(name, builds.second);
			expect(host.watched.calls).toEqual([
				...["observe", "plan", "preflight", "take the lease", "look again", "begin"],
				...plan.map(({ kind }) => kind),
				"give the lease back",
			]);
			const done = plan.flatMap(({ kind }) => [`step ${kind}`, `done ${kind}`]);
			const journal = await host.journal(name);
			expect(journal.map((record) => ("kind" in record ? `${record.event} ${record.kind}` : record.event))).toEqual([
				"begin",
				...done,
				"end",
			]);
			const phases = plan.map(({ phase }) => phase);
			expect(phases.slice(phases.indexOf("cleanup")).every((phase) => phase === "cleanup")).toBe(true);
		});

		it("leaves the wanted build alone on the instance, and says what was seen", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const rollout = await host.deploy(name, builds.second);
			expect(await world.running(name)).toEqual([builds.second]);
			const [first] = await host.releases(name);
			expect(rollout).toMatchObject({
				...{ instance: name, purpose: "deploy", outcome: "live", buildId: builds.second, failure: null, logTail: [] },
				...{ previous: { buildId: builds.first, digest: first!.digest }, changedSettings: [] },
				undo: `cres rollback ${name} --to ${first!.id}`,
			});
			expect(rollout.generation).toBeGreaterThan(first!.generation);
			expect(new Set(rollout.pollers.map(({ buildId }) => buildId))).toEqual(new Set([builds.second]));
			expect(rollout.steps.map(({ kind }) => kind)).toEqual(rollout.plan.map(({ kind }) => kind));
			expect(rollout.durationMs).toBeGreaterThan(0);
			expect(rollout.steps.reduce((sum, { ms }) => sum + ms, 0)).toBeLessThanOrEqual(rollout.durationMs);
		});

		it("records the release with its run spec, who rolled it out and under which token", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			const rollout = await host.deploy(name, builds.second);
			expect(await recordsOf(host, name)).toEqual({
				releases: [`${builds.first} live`, `${builds.second} live`],
				end: "live",
				entries: [`Deploy ${name} to ${builds.second}`, `Deploy ${name} to ${builds.first}`],
			});
			const [first, second] = await host.releases(name);
			const [begin] = await host.journal(name);
			expect(begin).toMatchObject({ purpose: "deploy", token: second!.fence, owner: second!.by });
			expect(begin).toMatchObject({ reference: second!.image });
			expect(second!.fence).toBeGreaterThan(first!.fence!);
			expect(second).toMatchObject({ instance: name, digest: rollout.digest, generation: rollout.generation });
			expect(second!.spec).toMatchObject({ roles: ["cpu"], env: { WORKER_INSTANCE_NAME: name } });
			expect(second!.durationMs).toBe(rollout.durationMs);
			expect(await host.journalFile(name)).toContain(second!.id);
		});

		it("of the first release has nothing to go back to", async () => {
			const { host, name, builds } = bench();
			expect(await host.deploy(name, builds.first)).toMatchObject({ outcome: "live", previous: null, undo: null });
		});

		it("of a release that no record names is undone by its digest", async () => {
			const { host, other, name, builds } = bench();
			await deployFirst(bench());
			const [{ digest } = { digest: "" }] = await host.releases(name);
			const { undo } = await other.deploy(name, builds.second);
			expect(undo).toBe(`cres deploy ${name} --image ${digest}`);
		});
	});

	describe("a dry run", () => {
		it("changes nothing", async () => {
			const { host, name, builds, world } = bench();
			const planned = await host.deploy(name, builds.first, { dryRun: true });
			expect(planned).toMatchObject({ outcome: "planned", steps: [], generation: null, undo: null, failure: null });
			expect(await world.running(name)).toEqual([]);
			expect(host.watched.calls).toEqual(["observe", "plan", "preflight"]);
			expect(await recordsOf(host, name)).toEqual({ releases: [], end: undefined, entries: [] });
			expect(await readdir(host.config.state).catch(() => [])).toEqual([]);
		});

		it("shows, as JSON, exactly what is executed then", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			const planned = await host.deploy(name, builds.second, { dryRun: true });
			const shown = JSON.parse(JSON.stringify(planned.plan)) as unknown;
			expect(shown).toEqual(planned.plan);
			expect(planned).toMatchObject({ previous: { buildId: builds.first }, steps: [], seen: [], logTail: [] });
			expect(planned.durationMs).toBeLessThan(60_000);
			const { plan } = await host.deploy(name, builds.second);
			expect(plan).toEqual(shown);
			expect(host.watched.performed).toEqual(shown);
			for (const step of plan) expect(step).toMatchObject({ title: expect.stringMatching(/./) as unknown });
		});
	});

	describe("a deploy of what runs already", () => {
		it("takes no lease, writes no journal and says so", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const before = await host.journalFile(name);
			const again = await host.deploy(name, builds.first);
			expect(again).toMatchObject({
				...{ outcome: "unchanged", plan: [], steps: [], undo: null, failure: null, seen: [], logTail: [] },
				...{ changedSettings: [], previous: { buildId: builds.first } },
			});
			expect(again.pollers.map(({ buildId }) => buildId)).toContain(builds.first);
			expect(host.watched.calls).toEqual(["observe", "plan"]);
			expect(await host.journalFile(name)).toBe(before);
			expect((await recordsOf(host, name)).releases).toEqual([`${builds.first} live`]);
			expect(await world.running(name)).toEqual([builds.first]);
		});

		it("rolls it all the same when a setting differs, and names the setting", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			await host.configure({ settings: { env: { COLOUR: "blue" } }, secrets: { MINIO_SECRET_KEY: "changed-secret" } });
			const rolled = await host.deploy(name, builds.first);
			expect(rolled).toMatchObject({ outcome: "live", changedSettings: ["COLOUR", "MINIO_SECRET_KEY"] });
			expect((await host.deploy(name, builds.first)).outcome).toBe("unchanged");
		});

		it("rolls it all the same when it does not poll", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			world.spoil(builds.first, "never-polls");
			await host.deploy(name, builds.first).catch(() => {}); // the release before does not poll either
			expect(host.watched.calls).toContain("begin");
		});
	});

	describe("the run spec", () => {
		it("has the instance's own values over the shared ones, and no secret's value", async () => {
			const { host, name, builds, world } = bench();
			const { instances } = world.settings;
			const env = { COLOUR: "red", SHAPE: "round" };
			const own = { ...instances, [name]: { ...instances[name], env: { COLOUR: "blue" } } };
			await host.configure({ settings: { env, instances: own } });
			await host.deploy(name, builds.first);
			const [release] = await host.releases(name);
			expect(release!.spec.env).toMatchObject({ COLOUR: "blue", SHAPE: "round" });
			expect(Object.keys(release!.spec.secrets)).toEqual(
				expect.arrayContaining(["MINIO_ACCESS_KEY", "MINIO_SECRET_KEY"]),
			);
			expect(JSON.stringify(release)).not.toContain("suite-secret-key");
			forget(host);
		});
	});
}
