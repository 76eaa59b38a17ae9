import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { perimeterSection } from "../../../src/contracts/perimeter.ts";
import { UserError } from "../../../src/errors/errors.ts";
import { buildTag } from "../../../src/registry/image-reference.ts";
import { deploy } from "../../../src/rollout/deploy.ts";
import { rollBack } from "../../../src/rollout/rollback.ts";
import { claimOf } from "../../../src/state/claim.ts";
import { takeLocalLease } from "../../../src/state/leases.ts";
import { deployFirst, faultOf, forget, recordsOf, type Bench } from "./bench.ts";

/** Allows what the settings of a suite name, and not the LAN. */
const WITHOUT_LAN = [
	perimeterSection(
		"allowed",
		["*.test", "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12"].map((one) => [one, "", "plain: allowed for the suite"]),
	),
	perimeterSection("forbidden", [["192.168.0.0/16", "LAN"]]),
].join("\n");

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

		it("when the store refuses the keys, or has no such bucket", async () => {
			const { host, name, builds } = bench();
			await deployFirst(bench());
			host.storeFailure = new UserError("store_unauthorized", "the store refuses the keys");
			expect(await faultOf(host.deploy(name, builds.second))).toMatchObject({ code: "store_unauthorized", exit: 1 });
			host.storeFailure = undefined;
			const store = async () => ({ bucketExists: async () => false });
			const deploying = deploy(
				{ ...host.ports(name), store },
				{ reference: buildTag(builds.second) },
				{ dryRun: true, purpose: "deploy" },
			);
			expect(await faultOf(deploying)).toMatchObject({ code: "bucket_missing", hint: "cres control prepare" });
			await expectUntouched(bench());
		});

		it("when the store does not answer, unless instances see it elsewhere", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await host.configure({ settings: { store: { endpoint: "store.test:9000" } } });
			host.storeFailure = new UserError("store_unreachable", "the store does not answer");
			expect(await faultOf(host.deploy(name, builds.second))).toMatchObject({ code: "store_unreachable" });
			await expectUntouched(bench());
			const store = { endpoint: "store.test:9000", instance_endpoint: "10.0.0.1:9000" };
			await host.configure({ settings: { store } });
			expect((await host.deploy(name, builds.second)).outcome).toBe("live");
			expect(host.notes).toContain("the store does not answer; instances use 10.0.0.1:9000");
			expect(await world.running(name)).toEqual([builds.second]);
		});

		it("when an address is outside docs/Perimeter.md; a rollback only notes it", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			await host.configure({ settings: { env: { API_URL: "http://192.168.1.5:80" } } });
			await host.deploy(name, builds.second);
			await host.configure({});
			await host.deploy(name, builds.third);
			await writeFile(join(host.root, "docs", "Perimeter.md"), WITHOUT_LAN);
			await host.configure({ settings: { env: { API_URL: "http://192.168.1.5:80" } } });
			const fault = await faultOf(host.deploy(name, builds.first));
			expect(fault).toMatchObject({ code: "outside_perimeter", exit: 1 });
			expect(fault.message).toMatch(
				/^cres\.yaml:\d+ API_URL names 192\.168\.1\.5:80, which is never allowed on an instance \(LAN\)$/,
			);
			expect(fault.hint).toMatch(/^set cres.yaml:\d+ to .*, or allow it in docs\/Perimeter.md$/);
			expect(await world.running(name)).toEqual([builds.third]);
			forget(host);
			expect(await rollBack(host.ports(name), undefined, false)).toMatchObject({ buildId: builds.second });
			expect(host.notes.join("\n")).toContain("API_URL names 192.168.1.5:80, which is never allowed");
		});

		it("A1: when an address is plain and docs/Perimeter.md does not allow that; a rollback only notes it", async () => {
			const { host, name, builds, world } = bench();
			await deployFirst(bench());
			const store = { endpoint: "127.0.0.1:9000", instance_endpoint: "192.168.1.5:9000" };
			await host.configure({ settings: { store } });
			await host.deploy(name, builds.second);
			await host.configure({});
			await host.deploy(name, builds.third);
			const document = join(host.root, "docs", "Perimeter.md");
			const allowed = await readFile(document, "utf8");
			await writeFile(document, allowed.replace("plain: allowed because it is this machine", "this machine"));
			await host.configure({ settings: { store } });
			expect(await faultOf(host.deploy(name, builds.first))).toMatchObject({
				...{ code: "plain_connection", exit: 1 },
				message: "store.instance_endpoint (192.168.1.5:9000) is plain, and docs/Perimeter.md does not allow that",
			});
			expect(await world.running(name)).toEqual([builds.third]);
			forget(host);
			expect(await rollBack(host.ports(name), undefined, false)).toMatchObject({ buildId: builds.second });
			expect(host.notes.join("\n")).toContain("(192.168.1.5:9000) is plain");
		});

		it("with all reasons at once, and the most particular exit", async () => {
			const { host, name, world } = bench();
			await deployFirst(bench());
			await host.configure({ secrets: { MINIO_SECRET_KEY: undefined } });
			host.temporalFailure = new UserError("temporal_unreachable", "Temporal does not answer", { hint: "cres doctor" });
			const held = await takeLocalLease(host.config.state, name, "restart", { clock: world.clock });
			const fault = await faultOf(host.deploy(name, "000000000000"));
			expect(fault).toMatchObject({ code: "preflight", exit: 75 });
			expect(fault.message).toMatch(/^4 preflight checks failed; nothing was changed:/);
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
			expect(fault.message.replace(/12\.\d s/, "12 s")).toBe(
				`${name} is locked by ${owner} (pid ${pid}) for 12 s: restart`,
			);
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

		it("F2: while another clone rolls the same instance", async () => {
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
