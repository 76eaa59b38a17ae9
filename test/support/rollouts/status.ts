import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { claimOf } from "../../../src/state/claim.ts";
import { changeLife } from "../../../src/rollout/lifecycle.ts";
import { deployFirst, inPhase, type Bench } from "./bench.ts";
import { killed } from "./interventions.ts";

/** `cres status` says the first thing that a person has to know, and what to type. */
export function describeStatus(bench: () => Bench): void {
	const row = async () => (await bench().host.status(bench().name))[0]!;

	describe("the status of an instance", () => {
		it("is ok when the last release runs and polls", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			const [{ digest, generation } = { digest: "", generation: 0 }] = await host.releases(name);
			const status = await row();
			expect(status).toMatchObject({
				...{ instance: name, verdict: "ok", detail: null, fix: null, drift: [], lease: null, interrupted: null },
				...{ wanted: { digest, buildId: builds.first }, running: { digest, buildId: builds.first }, generation },
				restarts: 0,
			});
			expect(status.pollers).toEqual([
				{ role: "cpu", type: "workflow", verdict: "LIVE" },
				{ role: "cpu", type: "activity", verdict: "LIVE" },
			]);
		});

		it("is stopped when nothing was ever deployed", async () => {
			const { name } = bench();
			expect(await row()).toMatchObject({
				verdict: "stopped",
				fix: `cres deploy ${name}`,
				running: null,
				wanted: null,
				pollers: [],
			});
		});

		it("is stopped after cres stop", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			await changeLife(host.ports(name), "stop");
			expect(await row()).toMatchObject({
				verdict: "stopped",
				fix: `cres start ${name}`,
				running: null,
				wanted: { buildId: builds.first },
			});
		});

		it("is drift when another build runs than was rolled out from here", async () => {
			const { other, name, builds } = bench();
			await deployFirst(bench());
			await other.deploy(name, builds.second);
			const { verdict, detail, fix } = await row();
			expect([verdict, fix]).toEqual(["drift", `cres deploy ${name}`]);
			expect(detail).toBe(`runs ${builds.second}, not the last release ${builds.first}`);
		});

		it("is ok again after the command that it named, which only records what runs", async () => {
			const { host, other, name, builds, world } = bench();
			await deployFirst(bench());
			const { generation } = await other.deploy(name, builds.second);
			const rollout = await host.deploy(name, builds.second);
			expect(rollout).toMatchObject({ outcome: "live", plan: [], generation, previous: { buildId: builds.first } });
			expect(rollout.undo).toBe(`cres rollback ${name} --to ${(await host.releases(name))[0]!.id}`);
			expect(host.watched.performed).toEqual([]);
			expect(await world.running(name)).toEqual([builds.second]);
			expect(await row()).toMatchObject({ verdict: "ok", wanted: { buildId: builds.second } });
		});

		it("F3: is drift, by name, when settings differ from what runs", async () => {
			const { host, name } = bench();
			await deployFirst(bench());
			await host.configure({ settings: { env: { COLOUR: "blue" } }, secrets: { MINIO_SECRET_KEY: "another-secret" } });
			expect(await row()).toMatchObject({
				...{ verdict: "drift", detail: "drift: COLOUR, MINIO_SECRET_KEY", fix: `cres deploy ${name}` },
				drift: ["COLOUR", "MINIO_SECRET_KEY"],
			});
		});

		it("is drift, by no name, when the settings of then are not known here", async () => {
			const { host, other, name } = bench();
			await deployFirst(bench());
			await other.configure({ settings: { env: { COLOUR: "blue" } } });
			expect((await other.status(name))[0]).toMatchObject({ verdict: "drift", drift: ["settings"] });
			await host.configure({ secrets: { MINIO_SECRET_KEY: undefined } });
			expect((await row()).drift).toEqual([]); // without its value nothing can be compared
		});

		it("is changing, with the holder, while somebody has the lease", async () => {
			const { host, name, world } = bench();
			await deployFirst(bench());
			const claim = { ...claimOf("rollback", world.clock), owner: "ci@runner", host: "runner", pid: 7 };
			const held = await host.open(name).lease.take(claim);
			expect(await row()).toMatchObject({
				...{ verdict: "changing", detail: "locked by ci@runner (pid 7): rollback", fix: `cres lock show ${name}` },
				lease: { owner: "ci@runner", pid: 7, purpose: "rollback", since: new Date(claim.since).toISOString() },
			});
			await held.release();
			expect(await row()).toMatchObject({ verdict: "ok", lease: null });
		});

		it("F4: is changing, not interrupted, in the middle of a rollout", async () => {
			const { host, name, builds } = bench();
			let seen: unknown;
			host.watched.interventions = [{ at: inPhase("swap"), before: async () => void (seen = await row()) }];
			await host.deploy(name, builds.first);
			expect(seen).toMatchObject({ verdict: "changing", interrupted: null, lease: { purpose: "deploy" } });
		});

		it("F4: is two-containers when more than one of ours runs", async () => {
			const { host, other, name, builds } = bench();
			await deployFirst(bench());
			const { promise, resolve } = Promise.withResolvers<void>();
			const before = () => {
				resolve();
				return killed();
			};
			other.watched.interventions = [{ at: inPhase("prove"), before }];
			void other.deploy(name, builds.second);
			await promise;
			await host.open(name).lease.break();
			expect(await row()).toMatchObject({
				verdict: "two-containers",
				detail: "2 containers run instead of one",
				fix: `cres deploy ${name}`,
			});
		});

		it("is not-polling when it runs but does not poll every queue", async () => {
			const { name, world, builds } = bench();
			await deployFirst(bench());
			world.spoil(builds.first, "never-polls");
			const status = await row();
			expect(status).toMatchObject({
				verdict: "not-polling",
				detail: "runs, but does not poll",
				fix: `cres logs ${name}`,
			});
			expect(status.pollers.map(({ verdict }) => verdict)).toEqual(["GONE", "GONE"]);
		});

		it("is unknown when Temporal does not answer, and still shows what runs", async () => {
			const { host, builds } = bench();
			await deployFirst(bench());
			host.temporalFailure = new UserError("temporal_unreachable", "Temporal does not answer", { hint: "cres doctor" });
			expect(await row()).toMatchObject({
				...{ verdict: "unknown", detail: "Temporal does not answer", fix: "cres doctor", pollers: [] },
				running: { buildId: builds.first },
			});
			host.temporalFailure = new TypeError("a bug");
			await expect(row()).rejects.toThrow("a bug");
		});

		it("is unreachable, a row and no error, when the instance does not answer", async () => {
			const { host, name } = bench();
			await deployFirst(bench());
			const instance = host.open(name);
			const running = () => Promise.reject(new UserError("docker_failed", "nobody answers", { hint: "mend it" }));
			host.open = () => ({ ...instance, running });
			expect(await row()).toEqual({
				...{ instance: name, verdict: "unreachable", detail: "nobody answers", fix: "mend it" },
				...{ running: null, wanted: null, generation: null, restarts: 0, pollers: [], drift: [] },
				...{ lease: null, interrupted: null },
			});
			host.open = () => ({ ...instance, running: () => Promise.reject(new TypeError("a bug")) });
			await expect(row()).rejects.toThrow("a bug");
		});
	});
}
