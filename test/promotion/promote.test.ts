import { rm, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRegistry } from "../../src/registry/registry.ts";
import type { Digest } from "../../src/registry/image-reference.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { promote } from "../../src/promotion/promote.ts";
import { renderPromotion } from "../../src/promotion/render.ts";
import { attestedBut } from "../support/attestations.ts";
import { pushApp, startRegistry, type RealRegistry } from "../support/real-registry.ts";
import { makeMachine, REPOSITORY, type Machine } from "./machine.ts";

let server: RealRegistry;
let registry: Registry;
beforeAll(async () => {
	server = await startRegistry();
	registry = server.client();
});
afterAll(() => server.close());

/** Channels of each test are its own: a registry forgets no tag. */
let machine: Machine;
let first: Digest;
let second: Digest;
let count = 0;
let canary: string;
let stable: string;
beforeEach(async () => {
	[canary, stable] = [`canary-${++count}`, `stable-${count}`];
	machine = await makeMachine(registry, { settings: { channels: [canary, stable] } });
	first = await pushApp(registry, REPOSITORY, "111111111111");
	second = await pushApp(registry, REPOSITORY, "222222222222");
});
afterEach(() => machine.remove());

const standsFor = async (channel: string) => (await registry.resolve(REPOSITORY, channel))?.digest;

describe("a promotion", () => {
	it("lets a channel resolve to a digest, and records it with the command that undoes it", async () => {
		const before = await machine.promote(first, canary);
		expect(before).toMatchObject({ outcome: "promoted", digest: first, previous: null, undo: null, sure: true });
		const done = await machine.promote("222222222222", canary);
		expect(done).toMatchObject({ outcome: "promoted", digest: second, buildId: "222222222222", previous: first });
		expect(done.attestation).toEqual({
			...{ keyId: "a1b2c3d4", signedAt: "2026-11-23T10:15:00.000Z" },
			predicateType: "https://example.test/smoke/v1",
		});
		expect(done.undo).toBe(`cres promote ${first} ${canary} --expect ${second}`);
		expect(await standsFor(canary)).toBe(second);
		expect(await machine.records()).toMatchObject([
			{ channel: canary, from: null, to: first, outcome: "promoted" },
			{ channel: canary, from: first, to: second, outcome: "promoted", buildId: "222222222222", undo: done.undo },
		]);
		const plan = await machine.plan();
		expect(plan).toContain(`- Promote 222222222222 to ${canary}`);
		expect(plan).toContain(`- \`${canary}\`: \`${first}\` → \`${second}\``);
		expect(plan).toContain(`1. \`${done.undo}\``);
		expect(plan).toContain("attested by key `a1b2c3d4` at 2026-11-23T10:15:00.000Z");
	});

	it("is of an image in the repository of cres.yaml", async () => {
		await expect(machine.promote(`ghcr.io/other/thing@${first}`, canary)).rejects.toMatchObject({
			code: "image_reference",
			message: expect.stringContaining(" is not of ") as string,
		});
	});

	it("is refused once for a registry that does not answer", async () => {
		const gone = createRegistry({ address: "127.0.0.1:1", tls: false }, undefined);
		const ports = machine.ports({ registry: async () => gone });
		const refused = promote(ports, { source: first, channel: canary, expect: undefined, dryRun: false });
		await expect(refused).rejects.toMatchObject({ code: "registry_unreachable", exit: "failed" });
	});

	it("is undone by that command, once", async () => {
		await machine.promote(first, canary);
		await machine.promote(second, canary);
		expect(await machine.promote(first, canary, { expect: second })).toMatchObject({ digest: first, previous: second });
		const again = machine.promote(first, canary, { expect: second });
		await expect(again).rejects.toMatchObject({ code: "channel_moved", exit: "busy" });
	});

	it("is undone also when the attestation has expired meanwhile, which is noted; nothing else is", async () => {
		await machine.promote(first, canary);
		await machine.promote(second, canary);
		const attested = attestedBut(new Map([[first, "attestation_expired"]]));
		const later = (channel: string) =>
			promote(machine.ports({ attested }), { source: first, channel, expect: undefined, dryRun: false });
		await expect(later(stable)).rejects.toMatchObject({ code: "attestation_expired" });
		expect(await later(canary)).toMatchObject({ outcome: "promoted", digest: first, previous: second });
		expect(machine.notes).toEqual([expect.stringMatching(`^the attestation of ${first} has expired; it counts`)]);
		await machine.promote(second, canary);
		const third = await pushApp(registry, REPOSITORY, "333333333333");
		await machine.promote(third, canary);
		await expect(later(canary)).rejects.toMatchObject({ code: "attestation_expired" });
	});

	it("goes from channel to channel by the digest, and leaves the bytes of the manifest as they are", async () => {
		await machine.promote(second, canary);
		expect(await machine.promote(canary, stable)).toMatchObject({ outcome: "promoted", digest: second });
		const [one, other] = await Promise.all([canary, second].map((name) => registry.manifest(REPOSITORY, name)));
		expect(one!.bytes).toEqual(other!.bytes);
	});

	it("to where the channel is already changes and records nothing", async () => {
		await machine.promote(first, canary);
		const plan = await machine.plan();
		const done = await machine.promote(first, canary);
		expect(done).toMatchObject({ outcome: "unchanged", digest: first, by: null, undo: null });
		expect(renderPromotion(done)).toBe(`${canary} already resolves to 111111111111 (${first}): nothing to do`);
		expect(await machine.records()).toHaveLength(1);
		expect(await machine.plan()).toBe(plan);
	});

	it("that is only planned changes and records nothing", async () => {
		const done = await machine.promote(first, canary, { dryRun: true });
		expect(done).toMatchObject({ outcome: "planned", digest: first, previous: null, by: null });
		expect(await standsFor(canary)).toBeUndefined();
		expect(await machine.records()).toEqual([]);
		expect(await machine.plan()).toBe("# PLAN\n");
	});
});

describe("a promotion is refused", () => {
	it("for a digest without a valid attestation", async () => {
		await machine.promote(first, canary);
		const attested = attestedBut(new Map([[second, "attestation_missing"]]));
		const strict = await makeMachine(registry, { attested, settings: { channels: [canary, stable] } });
		const refused = { code: "attestation_missing", exit: "failed", hint: `cres smoke ${second}` };
		await expect(strict.promote(second, canary)).rejects.toMatchObject(refused);
		expect([await standsFor(canary), await strict.records()]).toEqual([first, []]);
		await strict.remove();
	});

	it.each([
		["nothing", first, "nowhere", { code: "unknown_channel", exit: "usage" }],
		["an unknown tag", "latest", "", { code: "image_reference", exit: "usage" }],
		["a digest that is not there", `sha256:${"0".repeat(64)}`, "", { code: "image_missing" }],
		["an unknown build", "999999999999", "", { code: "image_missing" }],
	])("for %s", async (_what, source, channel, fault) => {
		await expect(machine.promote(source ?? "111111111111", channel || canary)).rejects.toMatchObject(fault);
	});

	it("when the channel is not what was expected", async () => {
		await machine.promote(first, canary);
		for (const expected of ["none", second])
			await expect(machine.promote(second, canary, { expect: expected })).rejects.toMatchObject({
				...{ code: "channel_moved", exit: "busy" },
				message: `${canary} resolves to ${first} now: --expect ${expected} does not hold; nothing was changed`,
			});
		await expect(machine.promote(second, canary, { expect: "canary" })).rejects.toMatchObject({
			code: "invalid_digest",
		});
		expect(await machine.promote(second, canary, { expect: first })).toMatchObject({ outcome: "promoted" });
		expect(await machine.promote(second, stable, { expect: "none" })).toMatchObject({ outcome: "promoted" });
	});
});

it("a promotion whose change takes longer than others wait says that it is not sure", async () => {
	const slow: Registry = {
		...registry,
		async moveTag(repository, tag, manifest, look) {
			const seen = await look();
			await delay(2_100);
			return registry.moveTag(repository, tag, manifest, async () => seen);
		},
	};
	const options = { source: first, channel: canary, expect: undefined, dryRun: false };
	const done = await promote(machine.ports({ registry: async () => slow }), options);
	expect(done).toMatchObject({ outcome: "promoted", sure: false });
	expect(renderPromotion(done)).toContain("a promotion by another machine in between would not be known");
	expect(await machine.plan()).toContain("a promotion by another machine in between would not be known");
});

describe("records that cannot be written", () => {
	const block = async (path: string) => {
		await rm(path, { recursive: true, force: true });
		await mkdir(join(path, "in-the-way"), { recursive: true });
	};

	it("do not keep a channel from being moved, and are told", async () => {
		await block(join(machine.config.state, "promotions.jsonl"));
		await block(join(machine.root, "docs", "PLAN.md"));
		const fault = await machine.promote(first, canary).catch((error: unknown) => error as Error);
		expect(fault).toMatchObject({ code: "unrecorded" });
		expect((fault as Error).message).toContain(`${canary} resolves to 111111111111`);
		expect(await standsFor(canary)).toBe(first);
	});
});
