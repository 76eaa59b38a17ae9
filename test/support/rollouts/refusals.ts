import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors/errors.ts";
import { claimOf } from "../../../src/state/claim.ts";
import { takeLocalLease } from "../../../src/state/leases.ts";
import { deployFirst, faultOf, recordsOf, type Bench } from "./bench.ts";

/** Nothing was changed, and nothing is left. */
async function expectUntouched({ host, name, builds, world }: Bench): Promise<void> {
	expect(host.watched.performed).toEqual([]);
	expect(await world.running(name)).toEqual([builds.first]);
	expect(await recordsOf(host, name)).toMatchObject({ releases: [`${builds.first} live`], end: "live" });
}

/** What keeps a rollout from being begun. */
export function describeRefusals(bench: () => Bench): void {
	describe("a deploy is refused before anything is changed", () => {
		it("when the registry does not have the image", async () => {
			const { host, name } = bench();
			await deployFirst(bench());
			expect(await faultOf(host.deploy(name, "000000000000"))).toMatchObject({ code: "image_missing", exit: 1 });
			await expectUntouched(bench());
		});

		it("when a secret has no value", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			await host.configure({ secrets: { MINIO_ACCESS_KEY: undefined, MINIO_SECRET_KEY: undefined } });
			const fault = await faultOf(host.deploy(name, builds.second));
			expect(fault).toMatchObject({ code: "secret_missing", exit: 1 });
			expect(fault.message).toContain("MINIO_ACCESS_KEY, MINIO_SECRET_KEY");
			expect(fault.hint).toContain("MINIO_ACCESS_KEY=… MINIO_SECRET_KEY=…");
			await expectUntouched(bench());
		});

		it("when Temporal does not answer", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			host.temporalFailure = new UserError("temporal_unreachable", "Temporal does not answer");
			expect(await faultOf(host.deploy(name, builds.second))).toMatchObject({ code: "temporal_unreachable" });
			await expectUntouched(bench());
		});

		it("with all reasons at once, and the most particular exit", async () => {
			const { host, name, world } = bench();
			await deployFirst(bench());
			await host.configure({ secrets: { MINIO_SECRET_KEY: undefined } });
			host.temporalFailure = new UserError("temporal_unreachable", "Temporal does not answer", { hint: "cres doctor" });
			const held = await takeLocalLease(host.config.state, name, "restart", { clock: world.clock });
			const fault = await faultOf(host.deploy(name, "000000000000"));
			expect(fault).toMatchObject({ code: "preflight", exit: 75 });
			expect(fault.message).toMatch(/^4 things stand in the way; nothing was changed:/);
			for (const part of [
				...["has no", "000000000000", "cres build all --push", "no value for MINIO_SECRET_KEY"],
				...["Temporal does not answer\n    → cres doctor", `${name} is locked by`],
			])
				expect(fault.message).toContain(part);
			await held.release();
			await expectUntouched(bench());
		});

		it("when there is no contract to be replaced", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			const fault = await faultOf(host.deploy(name, builds.second, { replace: true }));
			expect(fault).toMatchObject({ code: "not_rented", exit: 2, hint: `cres deploy ${name}` });
			await expectUntouched(bench());
		});

		it("while this control host holds the lease: who, for what, and for how long", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const held = await takeLocalLease(host.config.state, name, "restart", { clock: world.clock });
			await world.clock.sleep(12_000);
			const fault = await faultOf(host.deploy(name, builds.second));
			expect(fault).toMatchObject({ code: "lease_held", exit: 75, hint: `wait, or look: cres lock show ${name}` });
			const { owner, pid } = claimOf("restart", world.clock);
			expect(fault.message).toBe(`${name} is locked by ${owner} (pid ${pid}) for 12.0 s: restart`);
			expect(host.watched.calls).not.toContain("take the lease");
			await held.release();
			await expectUntouched(bench());
		});

		it("while another control host holds the lease: who, for what, and for how long", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const claim = { owner: "ci@runner", host: "runner", pid: 7, purpose: "rollback", since: world.clock.now() };
			const held = await host.open(name).lease.take(claim);
			await world.clock.sleep(12_000);
			const fault = await faultOf(host.deploy(name, builds.second));
			expect(fault).toMatchObject({ code: "lease_held", exit: 75 });
			expect(fault.message).toMatch(
				new RegExp(`^${name} is locked by ci@runner \\(pid 7\\) for 12\\.\\d s: rollback$`),
			);
			await held.release();
			await expectUntouched(bench());
			expect((await host.deploy(name, builds.second)).outcome).toBe("live");
		});

		it("while another clone rolls the same instance", async () => {
			const { host, other, name, builds, world } = bench();
			await deployFirst(bench());
			let refused: Awaited<ReturnType<typeof faultOf>> | undefined;
			host.watched.interventions = [
				{
					at: (_step, index) => index === 1,
					after: async () => void (refused = await faultOf(other.deploy(name, builds.third))),
				},
			];
			expect((await host.deploy(name, builds.second)).outcome).toBe("live");
			expect(refused).toMatchObject({ code: "lease_held", exit: 75 });
			expect(other.watched.performed).toEqual([]);
			expect(await world.running(name)).toEqual([builds.second]);
			expect(await recordsOf(other, name)).toEqual({ releases: [], end: undefined, entries: [] });
		});

		it("when somebody else changed the instance since it was looked at", async () => {
			const { host, other, name, builds, world } = bench();
			await deployFirst(bench());
			const ports = host.ports(name);
			const { lease } = ports.instance;
			host.open = () => ({
				...ports.instance,
				lease: {
					...lease,
					async take(claim) {
						await other.deploy(name, builds.third);
						return lease.take(claim);
					},
				},
			});
			host.ports = () => ({ ...ports, instance: host.open(name) });
			expect(await faultOf(host.deploy(name, builds.second))).toMatchObject({ code: "changed_meanwhile", exit: 75 });
			expect(await world.running(name)).toEqual([builds.third]);
			expect(host.watched.performed).toEqual([]);
			expect(await other.open(name).lease.holder()).toBeUndefined();
		});
	});
}
