import { describe, expect, it } from "vitest";
import { buildTag } from "../../../src/registry/image-reference.ts";
import { rollBack } from "../../../src/rollout/rollback.ts";
import { deployFirst, faultOf, forget, recordsOf, type Bench } from "./bench.ts";

/** Back to the release before, or to any other on record. */
export function describeRollbacks(bench: () => Bench): void {
	const back = (to?: string, dryRun = false) => rollBack(bench().host.ports(bench().name), to, dryRun);

	describe("a rollback", () => {
		it("brings the digest and the run spec of then back", async () => {
			const { host, name, builds, world } = bench();
			await host.configure({ settings: { env: { COLOUR: "red" } } });
			await deployFirst(bench());
			await host.configure({ settings: { env: { COLOUR: "blue" } } });
			await host.deploy(name, builds.second);
			forget(host);
			const rollout = await back();
			expect(rollout).toMatchObject({
				purpose: "rollback",
				outcome: "live",
				buildId: builds.first,
				changedSettings: ["COLOUR"],
			});
			expect(await world.running(name)).toEqual([builds.first]);
			const [first, second, third] = await host.releases(name);
			expect(third).toMatchObject({
				digest: first!.digest,
				spec: first!.spec,
				specHash: first!.specHash,
				replays: first!.id,
			});
			expect(rollout.undo).toBe(`cres rollback ${name} --to ${second!.id}`);
			expect((await recordsOf(host, name)).entries[0]).toBe(`Roll back ${name} to ${builds.first}`);
			expect((await host.journal(name))[0]).toMatchObject({ purpose: "rollback", reference: first!.image });
			expect(host.notes.join("\n")).not.toContain("since that release");
		});

		it("takes the secrets of today, and says which differ", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			await host.deploy(name, builds.second);
			await host.configure({ secrets: { MINIO_SECRET_KEY: "secret-of-today" } });
			forget(host);
			const rollout = await back();
			expect(host.notes).toContain("MINIO_SECRET_KEY has changed since that release; the current value is used");
			expect(rollout.changedSettings).toEqual(["MINIO_SECRET_KEY"]);
			const [first, , third] = await host.releases(name);
			expect(third!.spec.secrets["MINIO_ACCESS_KEY"]).toBe(first!.spec.secrets["MINIO_ACCESS_KEY"]);
			expect(third!.spec.secrets["MINIO_SECRET_KEY"]).not.toBe(first!.spec.secrets["MINIO_SECRET_KEY"]);
			expect(third!.specHash).not.toBe(first!.specHash);
		});

		it("goes back one further each time, and to any release that is named", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await host.deploy(name, builds.second);
			await host.deploy(name, builds.third);
			expect((await back()).buildId).toBe(builds.second);
			expect((await back()).buildId).toBe(builds.first);
			expect(await faultOf(back())).toMatchObject({ code: "no_earlier_release", exit: 1 });
			expect((await back(builds.third)).buildId).toBe(builds.third);
			expect(await world.running(name)).toEqual([builds.third]);
			expect(await faultOf(back("000000000000"))).toMatchObject({ code: "unknown_release", exit: 2 });
		});

		it("F6: offers after going back releases by id that it can go to, and none after a first deploy", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			expect((await faultOf(back())).message).toContain("nothing to roll back to");
			await host.configure({ settings: { env: { COLOUR: "blue" } } });
			await host.deploy(name, builds.second);
			await back();
			const { hint } = await faultOf(back());
			const [, id, different] = /^\s+(\S+): (.+)$/m.exec(hint!)!;
			expect(different).toBe(`build ${builds.second}, COLOUR`);
			expect(await back(id)).toMatchObject({ outcome: "live", buildId: builds.second, changedSettings: ["COLOUR"] });
			expect(await world.running(name)).toEqual([builds.second]);
		});

		it("passes over a release that did not go live", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			world.spoil(builds.second, "never-polls");
			await host.deploy(name, builds.second);
			await host.deploy(name, builds.third);
			expect((await back()).buildId).toBe(builds.first);
		});

		it("that is only planned changes nothing", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await host.deploy(name, builds.second);
			await host.configure({ secrets: { MINIO_ACCESS_KEY: "key-of-today", MINIO_SECRET_KEY: "secret-of-today" } });
			expect(await back(undefined, true)).toMatchObject({
				purpose: "rollback",
				outcome: "planned",
				buildId: builds.first,
			});
			expect(host.notes.join("\n")).toContain(
				"MINIO_ACCESS_KEY, MINIO_SECRET_KEY have changed since that release; the current values are used",
			);
			expect(await world.running(name)).toEqual([builds.second]);
		});

		it("is refused when its image has left the registry", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await host.deploy(name, builds.second);
			const { digest } = (await host.releases(name))[0]!;
			const ports = host.ports(name);
			const { registry } = world;
			const manifest: typeof registry.manifest = async (repository, reference) =>
				reference === digest || reference === buildTag(builds.first)
					? undefined
					: registry.manifest(repository, reference);
			const without = { ...ports, registry: async () => ({ ...registry, manifest }) };
			expect(await faultOf(rollBack(without, undefined, false))).toMatchObject({ code: "image_missing" });
			expect(await world.running(name)).toEqual([builds.second]);
		});
	});
}
