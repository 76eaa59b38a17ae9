import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { FindAttested } from "../../src/attest/attested.ts";
import type { ErrorCode } from "../../src/errors/catalogue.ts";
import { UserError } from "../../src/errors/errors.ts";
import type { Instance, Running } from "../../src/instances/instance.ts";
import type { PrunePorts } from "../../src/prune/ports.ts";
import { planRegistryPrune, pruneRegistry, type RegistryPrune } from "../../src/prune/registry.ts";
import { renderRegistryPrune } from "../../src/prune/render.ts";
import { buildTag, type Digest } from "../../src/registry/image-reference.ts";
import type { Registry } from "../../src/registry/registry.ts";
import { MEDIA_TYPE } from "../../src/registry/schemas.ts";
import { rememberBuild } from "../../src/state/last-build.ts";
import { appendRelease } from "../../src/state/releases.ts";
import { makeMachine, type Machine } from "../promotion/machine.ts";
import { attestedBut, unattested } from "../support/attestations.ts";
import { pushApp, startRegistry, type RealRegistry } from "../support/real-registry.ts";

let server: RealRegistry;
let registry: Registry;
beforeAll(async () => {
	server = await startRegistry();
	registry = server.client();
});
afterAll(() => server.close());

const BUILDS = ["000000000001", "000000000002", "000000000003", "000000000004", "000000000005"] as const;
const INSTANCE = { driver: "docker", host: "host.test", key: "id", roles: ["cpu"] };

let machine: Machine;
let repository: string;
let digests: Digest[];
/** What each instance runs, or why it cannot be asked. */
let seen: Map<string, Partial<Running> | UserError>;
let count = 0;

beforeEach(async () => {
	repository = `cres/prune-${++count}`;
	const settings = { image: { repository }, instances: { "cpu-1": INSTANCE, "cpu-2": INSTANCE } };
	machine = await makeMachine(registry, { settings });
	digests = [];
	for (const build of BUILDS) digests.push(await pushApp(registry, repository, build, ["base layer"]));
	seen = new Map();
});
afterEach(() => machine.remove());

const running = (digest: string, buildId = ""): Partial<Running> => ({
	container: { digest, buildId, specHash: null, since: "2026-11-01T00:00:00.000Z", restarts: 0, owns: () => false },
});

function ports(attested: FindAttested = unattested): PrunePorts {
	const open = async (name: string) => {
		const at = seen.get(name) ?? { container: null };
		return {
			name,
			running: async () => {
				if (at instanceof UserError) throw at;
				return { count: 1, generation: 1, gpu: false, holder: undefined, stopped: null, ...at };
			},
		} as unknown as Instance;
	};
	const temporal = () => Promise.reject(new Error("not asked"));
	const remove = (digest: Digest) => registry.deleteManifest(repository, digest);
	return { ...machine.ports({ attested }), open, temporal, remove };
}

const release = (at: number, instance = "cpu-1", outcome: "live" | "rolled-back" = "live") =>
	appendRelease(machine.config.state, {
		...{ id: `r${at}`, instance, at: `2026-11-0${at + 1}T00:00:00.000Z`, generation: at, durationMs: 1, outcome },
		...{ image: `${registry.address}/${repository}@${digests[at]}`, digest: digests[at]!, buildId: BUILDS[at]! },
		...{ spec: { env: {}, secrets: {}, roles: ["cpu"], gpu: false }, specHash: "s" },
	});
const released = async () => {
	for (const at of BUILDS.keys()) await release(at);
};
const goingOf = ({ going }: RegistryPrune) => going.map(({ buildId }) => buildId);
const reasonsOf = ({ kept }: RegistryPrune, at: number) => kept.find(({ digest }) => digest === digests[at])?.reasons;
const isThere = async (at: number) => (await registry.resolve(repository, digests[at]!)) !== undefined;

describe("what goes from a registry", () => {
	it("is what the records name beyond the last releases, with the bytes that no other image has", async () => {
		await released();
		const plan = await planRegistryPrune(ports(), 2);
		expect(goingOf(plan)).toEqual(BUILDS.slice(0, 3));
		expect(plan.going[0]).toMatchObject({ tags: [buildTag(BUILDS[0])], bytes: `layer of ${BUILDS[0]}`.length });
		expect(reasonsOf(plan, 4)).toEqual(["release of cpu-1"]);
		const done = await pruneRegistry(ports(), plan, 2);
		expect([done.outcome, goingOf(done)]).toEqual(["pruned", BUILDS.slice(0, 3)]);
		expect(await Promise.all(BUILDS.map((_, at) => isThere(at)))).toEqual([false, false, false, true, true]);
		expect(goingOf(await planRegistryPrune(ports(), 2))).toEqual([]);
	});

	it("is nothing that no record names, though a build made it", async () => {
		expect(await planRegistryPrune(ports(), 1)).toMatchObject({ outcome: "unchanged", going: [], kept: [] });
		await release(0, "cpu-1", "rolled-back");
		expect(goingOf(await planRegistryPrune(ports(), 1))).toEqual([BUILDS[0]]);
	});

	it("is nothing that somebody needs: each with its reason", async () => {
		await released();
		const [first, second, third, fourth] = digests as [Digest, Digest, Digest, Digest];
		const bytesOf = async (digest: Digest) => (await registry.manifest(repository, digest))!.bytes;
		await registry.putManifest(repository, "canary", await bytesOf(first), MEDIA_TYPE.ociManifest);
		await registry.putManifest(repository, "v1.0", await bytesOf(second), MEDIA_TYPE.ociManifest);
		const entry = { mediaType: MEDIA_TYPE.ociManifest, digest: third, size: (await bytesOf(third)).byteLength };
		const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests: [entry] }));
		await registry.putManifest(repository, "multi", index, MEDIA_TYPE.ociIndex);
		seen.set("cpu-2", running(fourth));
		const plan = await planRegistryPrune(ports(), 1);
		expect(goingOf(plan)).toEqual([]);
		expect([0, 1, 2, 3].map((at) => reasonsOf(plan, at))).toEqual([
			["channel canary"],
			["tag v1.0"],
			["part of the index multi"],
			["runs on cpu-2"],
		]);
	});

	it("keeps what a fallback tag names and lists, and the tag itself", async () => {
		await released();
		const entry = { mediaType: MEDIA_TYPE.ociManifest, digest: digests[1]!, size: 1 };
		const size = (await registry.manifest(repository, digests[1]!))!.bytes.byteLength;
		const manifests = [{ ...entry, size }];
		const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.ociIndex, manifests }));
		const fallback = digests[0]!.replace(":", "-");
		await registry.putManifest(repository, fallback, index, MEDIA_TYPE.ociIndex);
		const plan = await planRegistryPrune(ports(), 1);
		expect(reasonsOf(plan, 1)).toEqual([`part of the index ${fallback}`]);
		await pruneRegistry(ports(), plan, 1);
		expect([await isThere(0), await isThere(1)]).toEqual([false, true]);
		expect(await registry.resolve(repository, fallback)).toBeDefined();
	});

	it("is known by the tag of the build where an instance tells no digest", async () => {
		await released();
		seen.set("cpu-1", running("", BUILDS[0]));
		expect(reasonsOf(await planRegistryPrune(ports(), 1), 0)).toEqual(["runs on cpu-1"]);
		seen.set("cpu-1", running("", "ffffffffffff"));
		await expect(planRegistryPrune(ports(), 1)).rejects.toMatchObject({ code: "unknown_running" });
	});

	it("is nothing that was pushed or promoted last, nor what is attested and waits for its rollout", async () => {
		const pushedAt = "2026-11-01T00:00:00.000Z";
		await rememberBuild(machine.config.state, "cpu", { digest: digests[0]!, buildId: BUILDS[0], pushedAt });
		for (const at of [1, 2, 3]) await machine.promote(digests[at]!, "canary");
		const invalid = new Map<string, ErrorCode>([[digests[2]!, "attestation_missing"]]);
		const keepOne = await planRegistryPrune(ports(attestedBut(invalid)), 1);
		expect([0, 1, 2, 3].map((at) => reasonsOf(keepOne, at))).toEqual([
			["pushed last from here"],
			["attested, and not rolled out yet"],
			undefined,
			["channel canary", "promoted to canary"],
		]);
		expect(goingOf(keepOne)).toEqual([BUILDS[2]]);
		const keepTwo = await planRegistryPrune(ports(), 2); // what a promotion is undone to
		expect(goingOf(keepTwo)).toEqual([BUILDS[1]]);
	});
});

describe("a prune of a registry is stopped", () => {
	it("by every instance that cannot be asked, together", async () => {
		await released();
		for (const name of ["cpu-1", "cpu-2"])
			seen.set(name, new UserError("instance_unreachable", `${name} does not answer`));
		const fault = await planRegistryPrune(ports(), 1).catch((error: unknown) => error as Error);
		expect(fault).toMatchObject({ code: "preflight" });
		expect((fault as Error).message).toContain("cpu-1 does not answer");
		expect((fault as Error).message).toContain("cpu-2 does not answer");
	});

	it("while an instance is changed", async () => {
		await released();
		const holder = { owner: "ann@pc", host: "pc", pid: 7, purpose: "deploy", since: Date.now(), token: 1 };
		seen.set("cpu-2", { container: null, holder: holder as never });
		await expect(planRegistryPrune(ports(), 1)).rejects.toMatchObject({ code: "lease_held", exit: "busy" });
	});

	it("for an image that was promoted since it was planned", async () => {
		await released();
		const plan = await planRegistryPrune(ports(), 3);
		await machine.promote(digests[0]!, "stable");
		const done = await pruneRegistry(ports(), plan, 3);
		expect(goingOf(done)).toEqual([BUILDS[1]]);
		expect([await isThere(0), await isThere(1)]).toEqual([true, false]);
		expect(reasonsOf(done, 0)).toEqual(["channel stable", "promoted to stable"]);
	});

	it("for an image that is promoted or rolled out while others are removed", async () => {
		await released();
		const plan = await planRegistryPrune(ports(), 2);
		const other = await makeMachine(registry, { settings: { image: { repository } } });
		const remove = async (digest: Digest) => {
			if (digest === digests[0]) await other.promote(digests[2]!, "canary");
			return registry.deleteManifest(repository, digest);
		};
		const done = await pruneRegistry({ ...ports(), remove }, plan, 2);
		expect([goingOf(done), reasonsOf(done, 2)]).toEqual([[BUILDS[0], BUILDS[1]], ["channel canary"]]);
		seen.set("cpu-1", new UserError("instance_unreachable", "cpu-1 does not answer"));
		await expect(pruneRegistry(ports(), plan, 2)).rejects.toMatchObject({ code: "instance_unreachable" });
		await other.remove();
	});

	it("by a registry that deletes nothing", async () => {
		const keeping = await startRegistry({ deletes: false });
		try {
			const client = keeping.client();
			const digest = await pushApp(client, repository, BUILDS[0]);
			await expect(client.deleteManifest(repository, digest)).rejects.toMatchObject({ code: "registry_keeps_all" });
			expect(await client.resolve(repository, digest)).toBeDefined();
		} finally {
			await keeping.close();
		}
	});
});

it("a prune of a registry is shown within 80 columns", async () => {
	await released();
	const plan = await planRegistryPrune(ports(), 4);
	const text = renderRegistryPrune({ ...plan, repository: "registry.test/cres/worker" });
	expect(text.replaceAll(digests[0]!.slice(0, 19), "sha256:0123456789ab")).toMatchInlineSnapshot(`
		"registry.test/cres/worker: 1 would be removed, 21 B of layers that no other image has
		BUILD         DIGEST               BYTES  TAGS
		000000000001  sha256:0123456789ab  21 B   b-000000000001
		kept: 4
		  000000000002  release of cpu-1
		  000000000003  release of cpu-1
		  000000000004  release of cpu-1
		  000000000005  release of cpu-1"
	`);
});
