import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserError } from "../../src/errors/errors.ts";
import { buildTag } from "../../src/registry/image-reference.ts";
import { deploy } from "../../src/rollout/deploy.ts";
import { renderRollout } from "../../src/rollout/render.ts";
import { rollBack } from "../../src/rollout/rollback.ts";
import { attestedBut } from "../support/attestations.ts";
import { makeFakeWorld } from "../support/fake-world.ts";
import { deployFirst, faultOf, makeBench, recordsOf, type Bench } from "../support/rollouts/bench.ts";

let bench: Bench;
beforeEach(async () => {
	bench = await makeBench(() => makeFakeWorld());
	await deployFirst(bench);
});
afterEach(() => bench.close());

const byChannel = (allowUnattested = false, dryRun = false) =>
	deploy(
		bench.host.ports(bench.name),
		{ reference: buildTag(bench.builds.second), channel: { name: "stable", allowUnattested } },
		{ dryRun, purpose: "deploy" },
	);

describe("a deploy by channel", () => {
	it("brings an attested image, and the records say by which key", async () => {
		const { host, name } = bench;
		host.attested = attestedBut();
		const rollout = await byChannel();
		expect(rollout).toMatchObject({ outcome: "live", channel: { name: "stable", unattested: null } });
		expect(rollout.channel!.attestation).toEqual({
			...{ keyId: "a1b2c3d4", signedAt: "2026-11-23T10:15:00.000Z" },
			predicateType: "https://example.test/smoke/v1",
		});
		expect(renderRollout(rollout)).toContain("  channel stable, attested by key a1b2c3d4 at 2026-11-23T10:15:00.000Z");
		const last = (await host.releases(name)).at(-1)!;
		expect([last.channel, last.unattested]).toEqual(["stable", undefined]);
		expect(await host.plan()).toContain("  - channel `stable`, attested by key `a1b2c3d4` at 2026-11-23T10:15:00.000Z");
	});

	it("names the workflow where a run has signed, and no key", async () => {
		const { host } = bench;
		const keyId = "https://github.com/owner/app/.github/workflows/images.yml@refs/heads/main";
		host.attested = async (...of) => ({ ...(await attestedBut()(...of)), keyId });
		expect(renderRollout(await byChannel())).toContain(`  channel stable, attested by ${keyId} at 2026-11-23`);
		expect(await host.plan()).toContain(`  - channel \`stable\`, attested by \`${keyId}\` at 2026-11-23`);
	});

	it("is refused in the preflight without a valid attestation, with the next command", async () => {
		const { host, name, builds, world } = bench;
		const fault = await faultOf(byChannel());
		expect(fault).toMatchObject({ code: "unattested_image", exit: 1 });
		expect(fault.message).toMatch(`stable resolves to ${builds.second}, which has no valid attestation: sha256:`);
		expect(fault.hint).toMatch(/^cres smoke sha256:\S+; or, at your own risk, add --allow-unattested$/);
		expect(await world.running(name)).toEqual([builds.first]);
		expect((await recordsOf(host, name)).releases).toEqual([`${builds.first} live`]);
	});

	it("tells a missing attestation together with all else that is in the way", async () => {
		const { host } = bench;
		host.temporalFailure = new UserError("temporal_unreachable", "Temporal does not answer");
		const fault = await faultOf(byChannel());
		expect(fault.code).toBe("preflight");
		for (const part of ["Temporal does not answer", "no valid attestation"]) expect(fault.message).toContain(part);
	});

	it("is not let through by a registry that fails, whatever is allowed", async () => {
		bench.host.attested = () => Promise.reject(new UserError("registry_unreachable", "the registry is gone"));
		expect(await faultOf(byChannel(true))).toMatchObject({ code: "registry_unreachable" });
	});

	it("with --allow-unattested says so in the plan, docs/PLAN.md and the release", async () => {
		const { host, name, builds, world } = bench;
		const unattested = { code: "attestation_missing", message: expect.stringMatching("has no attestation") as string };
		const plan = await byChannel(true, true);
		expect(plan).toMatchObject({ outcome: "planned", channel: { name: "stable", attestation: null, unattested } });
		expect(renderRollout(plan)).toContain("channel stable, not attested (--allow-unattested): sha256:");
		expect(await byChannel(true)).toMatchObject({ outcome: "live", channel: { unattested } });
		expect(await world.running(name)).toEqual([builds.second]);
		expect(host.notes.join("\n")).toContain("is rolled out without a valid attestation");
		const last = (await host.releases(name)).at(-1)!;
		expect([last.channel, last.unattested]).toEqual(["stable", "attestation_missing"]);
		expect(await host.plan()).toContain("channel `stable`, not attested (`--allow-unattested`): sha256:");
	});
});

describe("without a channel", () => {
	it("no attestation is asked for, by a rollback neither", async () => {
		const { host, name, builds } = bench;
		host.attested = () => Promise.reject(new Error("nobody asks"));
		expect(await host.deploy(name, builds.second)).toMatchObject({ outcome: "live", channel: null });
		expect(await rollBack(host.ports(name), undefined, false)).toMatchObject({ outcome: "live", channel: null });
	});
});
